"""Every URL, asked by everybody, answers as clinic.access says. Generated: a new URL is covered at once.

What to do when one of these fails is said in the failure itself and in tests/access_cases.py.
"""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.access import ACTS, PAGES, Door, roles_of
from clinic.context_processors import shell
from clinic.middleware import ALLAUTH
from clinic.models import Clinic, Role, User
from clinic.tenancy.context import clinic_context
from tests.access_cases import ONLY_WHILE_DEVELOPING, World, address, url_table
from tests.factories import UserFactory, member

TABLE = url_table()
IN_A_CLINIC = sorted(name for name, arguments in TABLE.items() if isinstance(roles_of(name), frozenset))
WRITES = re.compile(r'^\s*(?:WITH\b.*)?(INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.DOTALL | re.IGNORECASE)
# Opened by a token of their own, or for a program that signs what it says.
PUBLIC_IN_A_CLINIC = {"invitation", "billing:verification", "desk:gateway_webhook", "desk:payment_return"}
PUBLIC_IN_A_CLINIC |= {"hook_whatsapp", "hook_sms"}
OF_THE_SIGN_IN = {"django_session", "django_cache"}


@pytest.fixture
def world(asha: Clinic) -> World:
    return World(asha)


@pytest.fixture
def elsewhere(other_clinic: Clinic) -> World:
    return World(other_clinic)


def as_role(clinic: Clinic, role: Role) -> Client:
    client = Client()
    client.force_login(member(clinic, role).user)
    return client


def ask(client: Client, method: str, url: str, **sent: Any) -> HttpResponse:
    """One request, undone afterwards."""
    with transaction.atomic():
        answer: HttpResponse = client.generic(method, url) if method == "GET" else client.post(url, sent)
        transaction.set_rollback(True)
    return answer


def arguments_of(world: World, name: str) -> dict[str, Any]:
    with clinic_context(world.clinic.pk):
        try:
            return world.arguments(name, TABLE[name])
        except AttributeError as unknown:
            pytest.fail(
                f"{name}: {unknown}. Add the argument as a property of World in tests/access_cases.py."
            )


def missing(given: dict[str, Any]) -> dict[str, Any]:
    return {
        argument: uuid.uuid4() if isinstance(made, uuid.UUID) else made for argument, made in given.items()
    }


def plain(answer: HttpResponse, *urls: str) -> str:
    """The body without what differs each time: the form's token and the address that was asked for."""
    text = re.sub(r'"X-CSRFToken": "\w+"|name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())
    for url in urls:
        text = text.replace(url, "")
    return text


def test_every_url_stands_in_the_table_and_every_entry_has_a_url() -> None:
    named = {name for name in TABLE if not name.startswith(ALLAUTH)}

    assert "None" not in {name.split(":")[-1] for name in named}, "a URL has no name: name it"
    closed, homeless = sorted(named - set(PAGES)), sorted(set(PAGES) - named - ONLY_WHILE_DEVELOPING)
    assert not closed, f"closed to everybody: add {closed} to PAGES in clinic/access.py"
    assert not homeless, f"PAGES in clinic/access.py names {homeless}, but no URL has the name"
    assert not {act for act in PAGES.values() if isinstance(act, str)} - set(ACTS), (
        "acts that ACTS does not know"
    )


def test_a_url_of_a_clinic_has_roles_and_others_have_none() -> None:
    for name, arguments in TABLE.items():
        is_public_in_a_clinic = name in PUBLIC_IN_A_CLINIC or name.startswith("desk:portal")
        if not name.startswith(ALLAUTH) and not is_public_in_a_clinic:
            assert isinstance(roles_of(name), frozenset) is ("clinic" in arguments), name


def test_nothing_can_be_done_by_nobody_and_the_owner_can_do_everything() -> None:
    assert all(Role.OWNER in roles for roles in ACTS.values())


@pytest.mark.parametrize(
    ("act", "roles"),
    [
        ("sell_package", "owner front_desk"),
        ("complete_visit", "owner front_desk therapist"),
        ("reopen_visit", "owner front_desk therapist"),
        ("take_payment", "owner front_desk"),
        ("see_bills", "owner front_desk accountant"),
        ("see_liability", "owner accountant"),
        ("adjust_package", "owner front_desk"),  # within the clinic's limit
        ("extend_package", "owner front_desk"),  # within the clinic's limit
        ("refund_package", "owner"),
        ("let_off", "owner"),
        ("lift_restriction", "owner"),
        ("apply_package", "owner"),
        ("edit_plans", "owner"),
        ("manage_clinic", "owner"),
        ("manage_staff", "owner"),
        ("import_register", "owner front_desk"),
        ("merge_patients", "owner front_desk"),
        ("name_person", "owner front_desk"),
        ("issue_statement", "owner front_desk accountant"),
        ("keep_claim", "owner front_desk"),
        ("see_audit", "owner"),
        ("see_messages", "owner front_desk"),
    ],
)
def test_what_was_decided_about_who_may(act: str, roles: str) -> None:
    """Said a second time: the other tests believe the table, so a slip in it would pass them."""
    assert ACTS[act] == set(roles.split())


@pytest.mark.parametrize("name", IN_A_CLINIC)
def test_roles(name: str, world: World) -> None:
    url = address(name, arguments_of(world, name))
    allowed = roles_of(name)
    wrong = []

    for role in Role:
        client = as_role(world.clinic, role)
        for method in ("GET", "POST"):
            status = ask(client, method, url, key=uuid.uuid4()).status_code
            opened = status < 500 and status not in {403, 404}
            if opened is not (role in allowed) or (role not in allowed and status != 403):
                wrong.append(f"{method} {url} as {role.label}: {status}")

    assert not wrong, (
        f"{wrong}; clinic/access.py opens {name} to {sorted(allowed)}. A 404 for a role that may: the page"
        " wants an object in another state, see SPECIAL in tests/access_cases.py."
    )


@pytest.mark.parametrize("name", IN_A_CLINIC)
def test_strangers(name: str, world: World, elsewhere: World) -> None:
    """Signed out: to the sign-in. For members of another clinic or of none, and for who left: nothing."""
    url = address(name, arguments_of(world, name))
    gone = member(world.clinic, Role.OWNER, is_active=False).user
    with clinic_context(elsewhere.clinic.pk):
        outsider = member(elsewhere.clinic, Role.OWNER).user

    for method in ("GET", "POST"):
        signed_out = ask(Client(), method, url)
        assert signed_out.status_code == 302
        assert signed_out["Location"].startswith(reverse("account_login"))
        for user in (outsider, UserFactory(), gone):
            assert ask(signed_in(user), method, url, key=uuid.uuid4()).status_code == 404, (method, user)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize(
    "name", [name for name in IN_A_CLINIC if any(a.endswith("_id") for a in TABLE[name])]
)
def test_what_is_anothers_and_what_does_not_exist_answer_alike(
    name: str, world: World, elsewhere: World
) -> None:
    theirs = {**arguments_of(elsewhere, name), "clinic": world.clinic.slug}
    urls = {"another clinic's": address(name, theirs), "missing": address(name, missing(theirs))}
    assert urls["missing"] != urls["another clinic's"]

    for role in roles_of(name):
        client = as_role(world.clinic, role)
        for method in ("GET", "POST"):
            answers = {which: ask(client, method, url, key=uuid.uuid4()) for which, url in urls.items()}
            statuses = {which: answer.status_code for which, answer in answers.items()}
            assert set(statuses.values()) <= {404, 405}, f"{method} {name} as {role}: {statuses}, not 404"
            assert len({plain(answer, *urls.values()) for answer in answers.values()}) == 1, (
                f"{method} {name}"
            )


@pytest.mark.parametrize("name", IN_A_CLINIC)
def test_get_changes_nothing(name: str, world: World) -> None:
    url = address(name, arguments_of(world, name))
    for role in roles_of(name):
        client = as_role(world.clinic, role)
        with CaptureQueriesContext(connection) as captured:
            client.get(url)
        written = {match[2] for query in captured if (match := WRITES.match(query["sql"]))} - OF_THE_SIGN_IN
        assert not written, f"GET {name} as {role} writes to {written}"


OUTSIDE = ["language", "theme", "clinic_new", "account_login", "account_signup", "account_logout"]


@pytest.mark.parametrize("name", [*IN_A_CLINIC, *OUTSIDE])
def test_a_form_without_its_token_is_refused(name: str, world: World) -> None:
    url = address(name, arguments_of(world, name)) if "clinic" in TABLE[name] else reverse(name)
    client = Client(enforce_csrf_checks=True)
    client.force_login(member(world.clinic, Role.OWNER).user)

    answer = ask(client, "POST", url, key=uuid.uuid4())

    assert answer.status_code == 403
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]


def test_outside_a_clinic(asha: Clinic) -> None:
    inside = as_role(asha, Role.THERAPIST)
    for name, arguments in TABLE.items():
        if "clinic" in arguments or name.startswith(ALLAUTH) or name == "metrics":
            continue
        door = roles_of(name)
        assert isinstance(door, Door)
        statuses = [client.get(reverse(name)).status_code for client in (Client(), inside)]
        if door is Door.SIGNED_IN:
            assert statuses[0] == 302
        assert 404 not in statuses, name
        assert 403 not in statuses, name


def test_a_page_that_is_not_in_the_table_is_closed_even_to_the_owner(
    asha: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = as_role(asha, Role.OWNER)
    assert owner.get("/asha/staff/").status_code == 200

    monkeypatch.delitem(PAGES, "staff:staff_list")

    assert owner.get("/asha/staff/").status_code == 404


def test_a_clinic_that_does_not_exist_looks_like_anothers(asha: Clinic, other_clinic: Clinic) -> None:
    owner = as_role(asha, Role.OWNER)

    answers = [owner.get(f"/{slug}/staff/") for slug in ("other", "nowhere")]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert plain(answers[0], "/other/staff/") == plain(answers[1], "/nowhere/staff/")


def test_the_menu_shows_what_the_role_may_open_and_asks_the_database_nothing(
    asha: Clinic, queries: Any
) -> None:
    for role in Role:
        request = RequestFactory().get("/asha/staff/")
        staff = member(asha, role)
        request.clinic, request.staff = asha, staff  # type: ignore[attr-defined]
        with queries() as asked:
            drawn = shell(request)
        urls = [place["url"] for place in drawn["nav"]]
        assert asked.count == 0
        assert ("/asha/settings/" in urls) is (role == Role.OWNER)
        assert ("/asha/today/" in urls) is (role != Role.ACCOUNTANT)
        assert bool(drawn["shell"]["book_url"]) is (role in {Role.OWNER, Role.FRONT_DESK})
        assert [place["url"] for place in drawn["nav"] if place["current"]] == (
            ["/asha/staff/"] if role == Role.OWNER else []
        )
