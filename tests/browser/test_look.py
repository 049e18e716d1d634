"""The design page and the scripts in Chromium, whose requests are answered from the views: no server."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.http import HttpResponse
from django.template import engines
from django.test import RequestFactory
from playwright.sync_api import BrowserContext, Page, Request, Route, expect

from clinic.ui import samples, views

pytestmark = pytest.mark.urls("tests.design_urls")

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
AT = "http://127.0.0.1"
KEY = "0192f0c1-5b7e-7c3e-9c57-2b1f6f0f7a10"
SCREENS = {"desktop": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}
ACT = """{% extends "base.html" %}{% block main %}
<form method="post" action="/act/" hx-post="/act/" hx-target="#answer">
<input type="hidden" name="key" value="KEY"><button>Complete</button></form>
<form method="post" action="/plain/"><button>Sell</button></form>
<div id="answer">5 left</div>{% endblock %}"""


@pytest.fixture(autouse=True)
def plain_static_files(settings: Any) -> None:
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}


@pytest.fixture
def posts(page: Page) -> Iterator[list[Request]]:
    """Answers every look-up of the page; what it POSTs is kept and changes nothing."""
    sent: list[Request] = []

    def answer(route: Route) -> None:
        parts = urlsplit(route.request.url)
        if route.request.method == "POST":
            sent.append(route.request)
            route.fulfill(status=204)  # the page stays, as it does while an answer is on its way
        elif parts.path.startswith("/static/"):
            route.fulfill(path=str(finders.find(parts.path.removeprefix("/static/"))))
        else:
            shown = _view(parts.path, parts.query)
            route.fulfill(body=shown.content, content_type="text/html; charset=utf-8")

    page.route("**/*", answer)
    yield sent
    page.unroute_all(behavior="ignoreErrors")


def _view(path: str, query: str) -> HttpResponse:
    request = RequestFactory().get(path, query_params=_flat(query))
    if path == "/act/":
        text = ACT.replace("KEY", KEY)
        return HttpResponse(engines["django"].from_string(text).render(samples.shell(), request))
    pages = {"/ui/": views.ui, "/ui/desk/": views.ui_desk, "/ui/find/": views.ui_find}
    return pages[path](request) if path in pages else HttpResponse(status=204)


def _flat(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("path", ["/ui/", "/ui/?lang=hi", "/ui/desk/"])
def test_axe_finds_nothing_and_nothing_sticks_out(
    page: Page, posts: list[Request], path: str, screen: str, scheme: Any
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(SCREENS[screen])  # type: ignore[arg-type]
    page.goto(AT + path)

    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run()")

    assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.usefixtures("posts")
def test_slash_finds_and_arrows_choose(page: Page) -> None:
    page.goto(AT + "/ui/desk/")

    page.keyboard.press("/")
    page.keyboard.type("asha n")
    page.locator("#find-results [role=option]").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")

    expect(page.locator("#find")).to_have_value("asha n")
    expect(page.locator("#find")).to_have_attribute("aria-expanded", "true")
    expect(page.locator("#find")).to_have_attribute("aria-activedescendant", "find-2")
    page.keyboard.press("Escape")
    expect(page.locator("#find-results")).to_be_hidden()


def test_c_completes_the_line_that_has_the_focus(page: Page, posts: list[Request]) -> None:
    page.goto(AT + "/ui/desk/")

    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("#visit-2")).to_be_focused()
    with page.expect_request(lambda request: request.method == "POST"):
        page.keyboard.press("c")

    expect(page.locator("#visit-2 button[data-key=c]")).to_have_attribute("aria-busy", "true")
    assert len(posts) == 1


def test_keys_can_be_switched_off(page: Page, posts: list[Request]) -> None:
    page.goto(AT + "/ui/desk/")

    page.keyboard.press("?")
    page.get_by_label("Single-key shortcuts are on for this device").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("j")

    assert page.evaluate("document.activeElement.closest('[data-row]')") is None


def test_a_form_on_its_way_is_not_sent_twice(page: Page, posts: list[Request]) -> None:
    page.goto(AT + "/act/")
    sell = page.get_by_role("button", name="Sell")

    sell.click(no_wait_after=True)
    expect(sell).to_have_attribute("aria-busy", "true")
    sell.dispatch_event("click")
    page.wait_for_timeout(200)

    assert len(posts) == 1


def test_no_answer_is_not_confirmed_and_asking_again_sends_the_same_key(
    page: Page, posts: list[Request]
) -> None:
    page.goto(AT + "/act/")
    page.route("**/act/", lambda route: posts.append(route.request) or route.abort(), times=1)

    page.get_by_role("button", name="Complete").click()
    toast = page.locator("#toasts .toast")
    expect(toast).to_contain_text("Not confirmed")
    page.route("**/act/", lambda route: posts.append(route.request) or route.fulfill(body="4 left"), times=1)
    toast.get_by_role("button", name="Ask again").click()

    expect(page.locator("#answer")).to_have_text("4 left")
    expect(toast).to_have_count(0)
    assert [re.findall(KEY, post.post_data or "") for post in posts] == [[KEY], [KEY]]


def test_a_refusal_is_shown_where_the_answer_goes(page: Page, posts: list[Request]) -> None:
    page.goto(AT + "/act/")
    page.route("**/act/", lambda route: route.fulfill(status=422, body="0 left on this pack"), times=1)

    page.get_by_role("button", name="Complete").click()

    expect(page.locator("#answer")).to_have_text("0 left on this pack")


@pytest.mark.usefixtures("posts")
def test_losing_the_connection_is_said(page: Page, context: BrowserContext) -> None:
    page.goto(AT + "/ui/desk/")
    banner = page.locator("#offline .notice")
    expect(banner).to_be_hidden()

    context.set_offline(True)
    expect(banner).to_contain_text("No connection.")
    context.set_offline(False)

    expect(banner).to_be_hidden()


@pytest.mark.usefixtures("posts")
def test_the_theme_changes_at_once_and_is_remembered(page: Page, context: BrowserContext) -> None:
    page.goto(AT + "/ui/desk/")

    page.locator(".top details summary").click()
    page.get_by_role("button", name="Dark").click()

    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert {"dark"} == {cookie["value"] for cookie in context.cookies() if cookie["name"] == "theme"}
