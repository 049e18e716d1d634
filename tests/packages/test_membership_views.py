"""The pages of a membership: its months, its end, going on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from clinic.models import AuditEvent, Clinic, Role
from clinic.ui.words import day
from packages import memberships
from packages.models import Package
from tests.factories import member, package, plan

ONE_DAY = timedelta(days=1)


@pytest.fixture
def desk(asha: Clinic, client: Client) -> Client:
    client.force_login(member(asha, Role.FRONT_DESK).user)
    return client


@pytest.fixture
def month(asha: Clinic) -> Package:
    of = plan(sessions=4, price=2000, name="Four a month", activation="at_once", renews_monthly=True)
    return package(asha, of=of)


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def at(pack: Package, noun: str = "") -> str:
    return f"/asha/packages/{pack.pk}/{noun}"


def ended(client: Client, pack: Package, on: Any) -> Any:
    typed = {"key": uuid4(), "last_day": on.isoformat(), "reason": "Moves away"}
    return client.post(at(pack, "membership/"), typed, follow=True)


def test_page_and_file_say_which_month_it_is_and_when_it_renews(desk: Client, month: Package) -> None:
    sentence = f"Month 1 of a membership, renews on {day(month.valid_until + ONE_DAY)}."

    pages = [desk.get(at(month)), desk.get(f"/asha/patients/{month.patient_id}/")]

    assert [sentence in words(page) for page in pages] == [True, True]
    assert at(month, "membership/") in words(pages[0])


def test_a_past_month_does_not_say_that_it_renews(asha: Clinic, desk: Client) -> None:
    of = plan(sessions=4, price=2000, activation="at_once", renews_monthly=True)
    first = package(asha, of=of, at=timezone.now() - timedelta(days=40))
    second = memberships.open_next_month(first.membership, on=asha.today())

    past, now = words(desk.get(at(first))), words(desk.get(at(second)))

    assert "Month 1 of a membership." in past
    assert f"Month 2 of a membership, renews on {day(second.valid_until + ONE_DAY)}." in now


def test_ended_it_says_so_and_can_go_on(asha: Clinic, desk: Client, month: Package) -> None:
    until = day(month.valid_until)

    done = words(ended(desk, month, asha.today()))

    assert f"no month begins after {day(asha.today())}" in done
    assert f"Month 1 of a membership, the last: it ends on {until}." in done
    assert AuditEvent.objects.get(act="end_membership").after["reason"] == "Moves away"
    again = words(desk.post(at(month, "membership/return/"), {"key": uuid4()}, follow=True))
    assert ("The membership goes on." in again, "renews on" in again) == (True, True)


def test_an_end_after_the_next_month_began_still_renews_before(desk: Client, month: Package) -> None:
    page = words(ended(desk, month, month.valid_until + 5 * ONE_DAY))

    assert f"renews on {day(month.valid_until + ONE_DAY)}" in page


def test_an_end_without_a_reason_is_refused(asha: Clinic, desk: Client, month: Package) -> None:
    typed = {"key": uuid4(), "last_day": asha.today().isoformat(), "reason": " "}

    answer = desk.post(at(month, "membership/"), typed)

    assert answer.status_code == 422
    month.membership.refresh_from_db()
    assert month.membership.ends_on is None


def test_a_package_that_is_no_month_has_no_such_page(asha: Clinic, desk: Client) -> None:
    pack = package(asha)

    assert desk.get(at(pack, "membership/")).status_code == 404
    assert desk.post(at(pack, "membership/return/"), {"key": uuid4()}).status_code == 404
    assert "of a membership" not in words(desk.get(at(pack)))


@pytest.mark.parametrize("role", [Role.THERAPIST, Role.ACCOUNTANT])
def test_who_does_not_sell_does_not_end(asha: Clinic, client: Client, month: Package, role: Role) -> None:
    client.force_login(member(asha, role).user)

    assert at(month, "membership/") not in words(client.get(at(month)))
    assert ended(client, month, asha.today()).status_code == 403


def test_memberships_have_a_list(asha: Clinic, desk: Client, month: Package) -> None:
    other = package(asha, of=plan(name="Ten"))

    page = words(desk.get("/asha/packages/", {"view": "memberships"}))

    assert (at(month) in page, at(other) in page) == (True, False)
