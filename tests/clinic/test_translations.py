"""Ginti speaks Hindi: every sentence is translated, says the same, and is compiled as it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, time
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
from allauth.account.forms import LoginForm
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.test import Client
from django.utils import formats, translation

from clinic.accounts import SignupForm
from clinic.models import Clinic, Role, Staff
from tests.factories import member

CATALOGS = [Path(folder) / "hi" / "LC_MESSAGES" / "django.po" for folder in settings.LOCALE_PATHS]
OURS, LIBRARIES = CATALOGS
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[a-z]|\{\w*\}|<[^>]+>")
DEVANAGARI = re.compile(r"[\u0900-\u097f]")
# Words that Hindi leaves in Latin letters.
LATIN = {"A4", "A5", "ABN", "CPT", "EIN", "Ginti", "GSTIN", "NPI", "PAN", "PDF", "SAC", "UPI"}


def read(path: Path) -> Catalog:
    return read_po(BytesIO(path.read_bytes()), locale="hi", charset="utf-8")


def texts(message: Message) -> tuple[list[str], list[str]]:
    """What a message says in English and in Hindi, one or two forms of each."""
    many = isinstance(message.id, tuple | list)
    return (list(message.id), list(message.string)) if many else ([message.id], [message.string])


def messages(path: Path) -> Iterator[Message]:
    yield from (message for message in read(path) if message.id)


@pytest.fixture
def hindi(client: Client) -> Iterator[Client]:
    client.cookies["language"] = "hi"
    with translation.override(settings.LANGUAGE_CODE):  # a request leaves its language to whatever comes next
        yield client


@pytest.fixture
def desk(asha: Clinic) -> Staff:
    return member(asha, Role.FRONT_DESK)


@pytest.mark.parametrize("path", CATALOGS, ids=["ours", "libraries"])
def test_every_sentence_is_translated(path: Path) -> None:
    left = [message.id for message in messages(path) if message.fuzzy or not all(texts(message)[1])]

    assert left == []
    assert not read(path).obsolete


@pytest.mark.parametrize("path", CATALOGS, ids=["ours", "libraries"])
def test_a_translation_keeps_every_placeholder_and_tag(path: Path) -> None:
    for message in messages(path):
        english, hindi = texts(message)
        for source, target in zip(english, hindi, strict=True):
            assert sorted(PLACEHOLDER.findall(source)) == sorted(PLACEHOLDER.findall(target)), source


@pytest.mark.parametrize("path", CATALOGS, ids=["ours", "libraries"])
def test_a_translation_is_written_in_hindi(path: Path) -> None:
    words = [text for message in messages(path) for text in texts(message)[1]]
    bare = {re.sub(PLACEHOLDER, "", text).strip() for text in words}

    assert {text for text in bare if re.search(r"[A-Za-z]", text) and not DEVANAGARI.search(text)} <= LATIN


@pytest.mark.parametrize("path", CATALOGS, ids=["ours", "libraries"])
def test_the_compiled_file_is_the_written_one(path: Path) -> None:
    """After a change: `manage.py compilemessages`, which needs GNU gettext; the program itself does not."""
    compiled = read_mo(BytesIO(path.with_suffix(".mo").read_bytes()))

    assert _by_id(compiled) == _by_id(read(path))


def _by_id(catalog: Catalog) -> dict[tuple[str | None, str], list[str]]:
    return {(_context(message), texts(message)[0][0]): texts(message)[1] for message in catalog if message.id}


def _context(message: Message) -> str | None:
    """Babel reads that of a compiled file as bytes."""
    context = message.context
    return context.decode() if isinstance(context, bytes) else context


def test_no_catalog_names_the_place_it_was_made() -> None:
    for path in CATALOGS:
        assert not re.search(r"^#: |@|/(home|work|tmp)/", path.read_text().split("\n\n")[0], re.MULTILINE)


def test_our_word_goes_before_the_word_of_a_library() -> None:
    assert {message.id for message in messages(OURS)}.isdisjoint(
        message.id for message in messages(LIBRARIES)
    )


@pytest.mark.django_db
def test_signing_in_is_in_hindi(hindi: Client) -> None:
    page = hindi.get("/accounts/login/").content.decode()

    assert 'lang="hi"' in page
    assert all(words in page for words in ("साइन इन करें", "ई-मेल", "पासवर्ड भूल गए?"))
    assert not re.search(r">\s*(Sign in|Password|Forgot your password\?)\s*<", page)


@pytest.mark.django_db
def test_what_is_wrong_with_a_form_is_said_in_hindi(hindi: Client) -> None:
    page = hindi.post("/accounts/login/", {"login": "", "password": ""}).content.decode()

    assert "यह भरना ज़रूरी है।" in page


def test_forms_made_before_the_language_was_known_follow_it() -> None:
    with translation.override("hi"):
        assert str(SignupForm().fields["name"].label) == "आपका नाम"
        assert str(LoginForm().fields["password"].label) == "पासवर्ड"
    with translation.override("en-in"):
        assert str(SignupForm().fields["name"].label) == "Your name"


def test_today_is_in_hindi(hindi: Client, desk: Staff) -> None:
    assert desk.user is not None
    hindi.force_login(desk.user)

    page = hindi.get("/asha/today/").content.decode()

    assert all(words in page for words in ("इस दिन कोई विज़िट नहीं", "विज़िट बुक करें", "मरीज़", "पैकेज"))
    assert "No visits on this day" not in page


@pytest.mark.parametrize(("language", "month"), [("en-in", "May"), ("hi", "मई")])
def test_days_times_and_amounts_are_written_as_in_india(language: str, month: str) -> None:
    with translation.override(language):
        assert formats.date_format(date(2027, 5, 31)) == f"31 {month} 2027"
        assert formats.date_format(date(2027, 5, 31), "SHORT_DATE_FORMAT") == "31/05/2027"
        assert formats.time_format(time(14, 30)) == "14:30"
        assert formats.number_format(Decimal("1234567.50"), force_grouping=True) == "12,34,567.50"
        assert formats.get_format("FIRST_DAY_OF_WEEK") == 1
