"""The design system keeps its own rules: shown in full, readable, with nothing inline."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from django.http import HttpRequest
from django.template import engines
from django.test import RequestFactory
from django.utils import translation

from clinic.ui import samples, views
from clinic.ui.balance import STATES, balance_face
from clinic.ui.theme import theme
from clinic.ui.words import initials, session_count, signed_count, with_minutes

TEMPLATES = settings.BASE_DIR / "templates"
PAGES = sorted(path for path in TEMPLATES.rglob("*.html"))
ICON = re.compile(r'\{% icon "([^"]+)"|\bicon="([^"]+)"')
INLINE = re.compile(r"<style|<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=[\"']|javascript:", re.IGNORECASE)
TOKEN = re.compile(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);")

# Which colour is written on which ground.
WRITTEN = {
    "ink": ["paper", "card", "raised", "sunken", "brand-soft", "amber-soft", "red-soft", "blue-soft"],
    "soft": ["paper", "card", "raised", "sunken"],
    "brand": ["paper", "card", "raised", "brand-soft", "sunken"],
    "brand-strong": ["paper", "card"],
    "amber": ["paper", "card", "raised", "amber-soft"],
    "red": ["paper", "card", "raised", "red-soft"],
    "blue": ["paper", "card", "raised", "blue-soft"],
    "on-brand": ["brand", "brand-strong"],
    "on-red": ["red"],
}
DRAWN = {"edge": ["paper", "card"], "brand": ["paper", "card"]}


pytestmark = pytest.mark.urls("tests.design_urls")


@pytest.fixture(autouse=True)
def plain_static_files(settings: Any) -> None:
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}


@pytest.fixture
def get(rf: RequestFactory) -> HttpRequest:
    return rf.get("/ui/")


def static_text(name: str) -> str:
    return Path(str(finders.find(name))).read_text()


def sprite() -> set[str]:
    return set(re.findall(r'<symbol id="([^"]+)"', static_text("icons/sprite.svg")))


def tokens(mode: int) -> dict[str, str]:
    return {name: pair[mode] for name, *pair in TOKEN.findall(static_text("css/tokens.css"))}


def luminance(colour: str) -> float:
    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_every_component_is_shown_on_the_design_page() -> None:
    shown = "".join(path.read_text() for path in (TEMPLATES / "ui").rglob("*.html"))
    shown += (TEMPLATES / "base.html").read_text()
    by_forms = {"error_summary", "field_notes"}

    missing = [
        path.stem
        for path in (TEMPLATES / "components").glob("*.html")
        if path.stem not in by_forms and f'"components/{path.name}"' not in shown
    ]

    assert missing == []


def test_the_design_page_draws_a_refused_form_with_its_summary(get: HttpRequest) -> None:
    page = views.ui(get).content.decode()

    assert 'class="notice refused error-summary"' in page
    assert '<a href="#id_price">Price</a>: “8,00” is not an amount.' in page
    assert 'aria-describedby="id_price_helptext id_price_error"' in page
    assert 'id="id_price_error"' in page
    assert 'value="8,00"' in page


def test_the_design_page_speaks_hindi(rf: RequestFactory) -> None:
    page = views.ui_desk(rf.get("/ui/desk/", {"lang": "hi"})).content.decode()

    assert '<html lang="hi"' in page


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_no_template_carries_inline_script_or_style(path: Path) -> None:
    # A bill is also printed by WeasyPrint, but from style sheets of its own.
    assert INLINE.findall(path.read_text()) == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_every_icon_a_template_names_is_in_the_sprite(path: Path) -> None:
    named = {first or second for first, second in ICON.findall(path.read_text())}

    assert named - sprite() == set()


def test_every_icon_of_a_state_is_in_the_sprite() -> None:
    assert {icon for _, icon, _ in STATES.values()} - sprite() == set()


@pytest.mark.parametrize(
    "path", sorted((TEMPLATES / "components").glob("*.html")), ids=lambda path: path.stem
)
def test_every_component_says_its_arguments_in_its_first_comment(path: Path) -> None:
    assert re.match(r"(\{% load i18n %\})?\{# \S.*#\}\n", path.read_text())


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
def test_every_written_colour_stands_out_from_its_ground(mode: int) -> None:
    colours = tokens(mode)
    faint = [
        (ink, ground, round(contrast(colours[ink], colours[ground]), 2))
        for pairs, least in ((WRITTEN, 4.5), (DRAWN, 3.0))
        for ink, grounds in pairs.items()
        for ground in grounds
        if contrast(colours[ink], colours[ground]) < least
    ]

    assert faint == []


def test_black_on_white_is_the_strongest_contrast_there_is() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (Decimal("4.0"), "4"),
        (Decimal("7.50"), "7.5"),
        (Decimal(0), "0"),
        (Decimal(100), "100"),
        (None, ""),
        (-1, "−1"),
    ],
)
def test_sessions_are_counted_without_idle_zeros(count: Decimal | None, shown: str) -> None:
    assert session_count(count) == shown


def test_a_change_of_the_count_carries_its_sign() -> None:
    assert [signed_count(Decimal(n)) for n in ("10", "-0.5", "0")] == ["+10", "−0.5", "0"]


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Asha Verma", "AV"), ("आशा वर्मा", "आव"), ("कीर्ति", "की"), ("Dr  R. K. Rao", "DR"), ("", "")],
)
def test_initials_keep_a_devanagari_letter_whole(name: str, letters: str) -> None:
    assert initials(name) == letters


def test_a_balance_of_seven_and_a_half_shows_half_a_cell() -> None:
    face = balance_face(Decimal("7.5"), Decimal(10))

    assert face.cells == ["used"] * 2 + ["half"] + ["left"] * 7
    assert face.tone == ""


@pytest.mark.parametrize(
    ("left", "state", "tone", "word"),
    [
        (3, "", "", ""),
        (2, "active", "low", "Nearly used up"),
        (0, "active", "out", "Used up"),
        (6, "frozen", "still", "Frozen"),
        (3, "expired", "out", "Expired"),
    ],
)
def test_amber_and_red_never_come_without_a_word(left: int, state: str, tone: str, word: str) -> None:
    face = balance_face(left, 10, state)

    assert (face.tone, str(face.word)) == (tone, word)
    assert bool(face.icon) is bool(face.tone)


@pytest.mark.parametrize(
    ("left", "sold", "tone"), [(2, 3, ""), (1, 3, "low"), (1, 1, ""), (2, 4, "low"), ("0.5", 1, "low")]
)
def test_a_small_pack_is_not_nearly_used_up_while_most_of_it_is_left(
    left: int | str, sold: int, tone: str
) -> None:
    assert balance_face(Decimal(left), sold).tone == tone


def test_a_service_that_says_its_minutes_is_not_told_twice() -> None:
    assert with_minutes("Physiotherapy 60 min", 60) == "Physiotherapy 60 min"
    assert with_minutes("Physiotherapy 60 min", 45) == "Physiotherapy 60 min · 45 min"
    assert with_minutes("Physiotherapy", 60) == "Physiotherapy · 60 min"


def test_a_large_pack_is_a_meter_and_no_row_of_tiny_cells() -> None:
    face = balance_face(Decimal("31.5"), 50)

    assert face.cells == []
    assert (face.share, face.full) == (63, 37)


def test_money_is_grouped_as_in_india() -> None:
    with translation.override("en-in"):
        shown = engines["django"].from_string("{{ a|money:'INR' }}").render({"a": Decimal("1234567.5")})

    assert shown == "₹12,34,567.50"


def test_an_icon_without_a_label_is_hidden_from_screen_readers() -> None:
    two = engines["django"].from_string('{% icon "check" %}{% icon "check" label=label %}')

    shown = two.render({"label": 'Done "&" paid'})

    assert shown.count('aria-hidden="true"') == 1
    assert 'role="img" aria-label="Done &quot;&amp;&quot; paid"' in shown


def test_the_style_sheet_is_served_as_one_file(settings: Any, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "clinic.static_files.GintiStaticFilesStorage"},
    }

    for _ in ("the first time", "again over what lies there"):
        call_command("collectstatic", interactive=False, verbosity=0)
        bundle = (tmp_path / staticfiles_storage.stored_name("css/ginti.css")).read_text()

        assert "@import" not in bundle
        assert "@layer parts {\n.button {" in bundle
        assert re.search(r'url\("\.\./fonts/inter\.\w{12}\.woff2"\)', bundle)
        assert bundle.count("{") == bundle.count("}")


def test_the_theme_is_kept_in_a_cookie_and_leads_back(rf: RequestFactory) -> None:
    response = theme(rf.post("/theme/", {"theme": "dark", "next": "/asha/today/"}))

    assert response.cookies["theme"].value == "dark"
    assert response.headers["Location"] == "/asha/today/"


def test_a_theme_that_is_none_is_forgotten_and_leads_nowhere_else(rf: RequestFactory) -> None:
    response = theme(rf.post("/theme/", {"theme": "neon", "next": "https://elsewhere.example/"}))

    assert response.cookies["theme"].value == ""
    assert response.headers["Location"] == "/"


def test_the_sale_form_reads_money_as_people_type_it() -> None:
    form = samples.SaleForm({"price": "₹ 8,000/-"})
    form.is_valid()

    assert form.cleaned_data["price"] == Decimal("8000.00")
