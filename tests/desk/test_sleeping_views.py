"""The pages of what sleeps and of what will lapse: figures, what is booked, and what can be done."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from clinic.models import Clinic, Relation
from packages.exposure import owed_on
from packages.models import Package
from tests.factories import PatientFactory, complete, owner_of, package, plan, use, visit

SLEEPING, LAPSING = "/asha/reports/sleeping/", "/asha/reports/expected-expiry/"


@pytest.fixture
def owner(asha: Clinic, client: Client) -> Client:
    client.force_login(owner_of(asha).user)
    return client


def bought(clinic: Clinic, days: int = 100, **facts: Any) -> Package:
    return package(clinic, at=timezone.now() - timedelta(days=days), **facts)


def in_days(days: int) -> Any:
    return timezone.now() + timedelta(days=days)


def test_a_sleeping_pack_says_what_is_owed_and_offers_a_call_a_message_and_a_visit(
    owner: Client, asha: Clinic
) -> None:
    patient = PatientFactory(name="Gita Rao", phones=["+919845012345"], may_message=True)
    bought(asha, patient=patient, of=plan(name="Ten"))

    page = owner.get(SLEEPING).content.decode()

    for words in ("Gita Rao", "₹10,000.00", "tel:+919845012345", "wa.me/919845012345", "Book"):
        assert words in page
    assert "10%20sessions%20left" in page
    assert "%5B%5Blink" not in page


def test_who_has_not_agreed_to_messages_is_called(owner: Client, asha: Clinic) -> None:
    bought(asha, patient=PatientFactory(phones=["+919845012345"], may_message=False))

    page = owner.get(SLEEPING).content.decode()

    assert "tel:+919845012345" in page
    assert "wa.me" not in page


@pytest.mark.parametrize("whose", ["owner", "named", "named elsewhere"])
def test_a_pack_for_which_somebody_is_booked_does_not_sleep(owner: Client, asha: Clinic, whose: str) -> None:
    """S22: also one of those named on it; not where its terms name nobody."""
    cousin = PatientFactory()
    pack = bought(asha, of=plan(sharing="owner" if whose == "named elsewhere" else "named"))
    Relation.objects.create(owner=pack.patient, person=cousin, since=asha.today())
    visit(asha, pack.patient if whose == "owner" else cousin, at=in_days(3))

    page = owner.get(SLEEPING).content.decode()

    assert ("No package sleeps" in page) is (whose != "named elsewhere")


def test_the_list_is_narrowed_by_days_and_to_what_was_never_used(owner: Client, asha: Clinic) -> None:
    bought(asha, 40, patient=PatientFactory(name="Gita Rao"))

    assert "Gita Rao" in owner.get(SLEEPING).content.decode()
    assert "Gita Rao" in owner.get(f"{SLEEPING}?since=never").content.decode()
    assert "Gita Rao" not in owner.get(f"{SLEEPING}?since=60").content.decode()
    assert "Gita Rao" in owner.get(f"{SLEEPING}?since=nonsense").content.decode()


def test_the_most_owed_comes_first_in_the_page_and_in_the_file(owner: Client, asha: Clinic) -> None:
    some, whole = bought(asha, paid=4_000), bought(asha)

    page = owner.get(SLEEPING).content.decode()
    rows = list(csv.reader(StringIO(owner.get("/asha/reports/sleeping.csv").content.decode())))

    assert page.index(whole.patient.name) < page.index(some.patient.name)
    assert [(row[0], row[5]) for row in rows[1:]] == [
        (whole.patient.name, "10000.00"),
        (some.patient.name, "4000.00"),
    ]


def test_a_page_asks_for_the_packages_that_it_shows_and_for_no_other(
    owner: Client, asha: Clinic, queries: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desk.views.sleeping.ON_A_PAGE", 1)
    some, whole = bought(asha, paid=4_000), bought(asha)

    with queries() as asked:
        page = owner.get(SLEEPING)

    assert [row.package.pk for row in page.context["rows"]] == [whole.pk]
    assert (page.context["found"].value, page.context["found"].sessions) == (14_000, 20)
    assert not [said for said in asked.statements if some.pk.hex in said.replace("-", "")]


def test_the_file_has_all_of_them_and_writes_no_messages(
    owner: Client, asha: Clinic, queries: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desk.sleeping.AT_A_TIME", 2)
    packs = [bought(asha, paid=10_000 - 1_000 * n) for n in range(5)]
    use(asha, packs[0], 1)

    with queries() as asked:
        rows = list(csv.reader(StringIO(owner.get("/asha/reports/sleeping.csv").content.decode())))

    assert [row[0] for row in rows[1:]] == [pack.patient.name for pack in packs[1:]]
    assert not [said for said in asked.statements if "clinic_wording" in said]


@pytest.mark.parametrize("paid", [0, 3_000, 10_000])
def test_what_is_owed_is_what_a_refund_would_release(owner: Client, asha: Clinic, paid: int) -> None:
    pack = bought(asha, paid=paid, of=plan(activation="at_once"))
    for _ in range(2):
        seen = visit(asha, pack.patient, at=timezone.now() - timedelta(days=60))
        complete(asha, seen, at=seen.starts_at)

    (row,) = owner.get(SLEEPING).context["rows"]

    assert row.owed == owed_on([pack.pk])[pack.pk] == max(0, paid - 2_000)


def ends_in(clinic: Clinic, days: int) -> Package:
    return package(clinic, of=plan(validity_count=days + 1, validity_unit="days"))


def test_what_is_booked_before_the_end_stands_beside_what_would_lapse(owner: Client, asha: Clinic) -> None:
    """S37: a visit after the last day saves nothing."""
    pack = ends_in(asha, 20)
    use(asha, pack, 6)
    for days in (3, 5, 25):
        visit(asha, pack.patient, at=in_days(days))

    page = owner.get(LAPSING).content.decode()
    rows = list(csv.reader(StringIO(owner.get("/asha/reports/expected-expiry.csv").content.decode())))

    assert "2 of 4 sessions are booked before the end" in page
    assert "₹4,000.00" in page
    assert [row[5:8] for row in rows[1:]] == [["4", "2", "4000.00"]]


def test_each_week_opens_its_packs(owner: Client, asha: Clinic) -> None:
    first, later = ends_in(asha, 3), ends_in(asha, 40)
    assert later.valid_until
    monday = later.valid_until - timedelta(days=later.valid_until.weekday())

    page = owner.get(LAPSING).content.decode()
    assert first.patient.name in page
    assert later.patient.name not in page

    assert later.patient.name in owner.get(f"{LAPSING}?week={monday}").content.decode()
    assert first.patient.name in owner.get(f"{LAPSING}?week=nonsense").content.decode()


def test_where_nothing_lapses_the_page_says_so(owner: Client, asha: Clinic) -> None:
    package(asha)

    assert "Nothing lapses in the next 90 days" in owner.get(LAPSING).content.decode()


@pytest.mark.parametrize("address", [SLEEPING, LAPSING])
def test_a_page_asks_the_same_however_long_its_list_is(
    owner: Client, asha: Clinic, queries: Callable[[], Any], address: str
) -> None:
    of = plan(validity_count=110, validity_unit="days")
    owner.get(address)
    counts = []
    for _ in range(3):
        pack = bought(asha, of=of)
        if address == LAPSING:
            visit(asha, pack.patient, at=in_days(2))
        with queries() as asked:
            owner.get(address)
        counts.append(asked.count)

    assert counts[0] == counts[1] == counts[2]
