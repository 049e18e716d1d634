"""The pages of the acts on a package, over HTTP: what they foresee, what they do, how they refuse."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from clinic.models import Clinic, ClinicSettings, Role
from clinic.ui.words import day
from packages import ledger, standing, transfers, validity
from packages.models import Change, Entry, Package
from tests.factories import PatientFactory, member, owner_of, package, plan, use
from tests.written import everything
from visits.models import Visit

ONE_DAY = timedelta(days=1)


@pytest.fixture
def owner(asha: Clinic, client: Client) -> Client:
    client.force_login(owner_of(asha).user)
    return client


@pytest.fixture
def desk(asha: Clinic) -> Client:
    client = Client()
    client.force_login(member(asha, Role.FRONT_DESK).user)
    return client


def at(pack: Package, noun: str = "") -> str:
    return f"/asha/packages/{pack.pk}/{noun}"


def page(client: Client, pack: Package, noun: str = "", **asked: Any) -> str:
    return str(client.get(at(pack, noun), asked).content.decode())


def send(client: Client, pack: Package, noun: str, **typed: Any) -> Any:
    return client.post(
        at(pack, noun), {"key": str(uuid4()), "reason": "She asked for it"} | typed, follow=True
    )


def allow(**limits: Any) -> None:
    ClinicSettings.objects.update(**limits)


def test_a_freeze_says_to_when_the_pack_would_be_valid_and_then_does_it(owner: Client, asha: Clinic) -> None:
    """S35"""
    pack, today = package(asha, of=plan(validity_count=3)), asha.today()
    until = pack.valid_until
    days = {"first_day": today, "last_day": today + 9 * ONE_DAY}

    shown = page(owner, pack, "freezes/", **days)
    answer = send(owner, pack, "freezes/", **days)

    pack.refresh_from_db()
    assert pack.valid_until == until + 10 * ONE_DAY
    assert f"{day(until)} → <strong>{day(pack.valid_until)}</strong>" in shown
    toast = answer.content.decode().split('id="toasts"')[1]
    assert f": valid to {day(pack.valid_until)}. <a href" in toast
    assert "Undo</a>" in toast


def test_days_that_are_frozen_already_are_said_before_they_are_frozen_again(
    owner: Client, asha: Clinic
) -> None:
    pack, today = package(asha, of=plan(validity_count=3)), asha.today()
    send(owner, pack, "freezes/", first_day=today, last_day=today + 4 * ONE_DAY)

    shown = page(owner, pack, "freezes/", first_day=today + ONE_DAY, last_day=today + 9 * ONE_DAY)

    assert "4 of these days are frozen already: they count once." in shown


def test_a_refused_freeze_keeps_what_was_typed_and_writes_nothing(owner: Client, asha: Clinic) -> None:
    pack, today = package(asha, of=plan(validity_count=3, freeze_limit=5)), asha.today()
    before = everything()

    answer = send(owner, pack, "freezes/", first_day=today, last_day=today + 9 * ONE_DAY, reason="Abroad")

    assert answer.status_code == 422
    text = answer.content.decode()
    assert "may be frozen for 5 days" in text
    assert 'value="Abroad"' in text
    assert f'value="{today + 9 * ONE_DAY}"' in text
    assert everything() == before


def test_a_freeze_is_ended_by_the_undo_of_its_toast(owner: Client, asha: Clinic) -> None:
    pack, today = package(asha, of=plan(validity_count=3)), asha.today()
    until = pack.valid_until
    send(owner, pack, "freezes/", first_day=today, last_day=today + 9 * ONE_DAY)

    shown = page(owner, pack, "thawing/", from_day=today, reason="Frozen by mistake")
    answer = send(owner, pack, "thawing/", from_day=today, reason="Frozen by mistake")

    pack.refresh_from_db()
    assert (pack.valid_until, pack.frozen) == (until, [])
    assert 'value="Frozen by mistake"' in shown
    assert f"→ <strong>{day(until)}</strong>" in shown
    assert "Not frozen any more" in answer.content.decode()


def test_an_extension_of_a_lapsed_pack_says_what_comes_back(owner: Client, asha: Clinic) -> None:
    """S36"""
    pack = lapsed(asha)
    until = asha.today() + 7 * ONE_DAY

    shown = page(owner, pack, "extensions/", until=until)
    send(owner, pack, "extensions/", until=until)

    pack.refresh_from_db()
    assert "10 sessions that had lapsed come back today." in shown
    assert (pack.sessions_left, pack.valid_until) == (10, until)


def test_the_front_desk_extends_within_the_limit_that_the_page_says(desk: Client, asha: Clinic) -> None:
    pack = package(asha, of=plan(validity_count=3))
    until = pack.valid_until
    assert "Only the owner of the clinic makes packages valid for longer." in page(desk, pack, "extensions/")
    allow(desk_extends_up_to=7)

    shown = page(desk, pack, "extensions/")
    refused = send(desk, pack, "extensions/", until=until + 8 * ONE_DAY)
    send(desk, pack, "extensions/", until=until + 7 * ONE_DAY)

    pack.refresh_from_db()
    assert "You may give up to 7 days" in shown
    assert refused.status_code == 422
    assert pack.valid_until == until + 7 * ONE_DAY


def test_a_pack_is_suspended_and_resumed(owner: Client, asha: Clinic) -> None:
    pack = package(asha)

    answer = send(owner, pack, "suspensions/", reason="The cheque came back")
    pack.refresh_from_db()
    assert pack.state == Package.State.SUSPENDED
    assert f"{at(pack, 'resumption/')}?reason=" in answer.content.decode()
    send(owner, pack, "resumption/", reason="")

    pack.refresh_from_db()
    assert pack.state == Package.State.ACTIVE


def test_a_suspension_without_a_reason_is_refused(owner: Client, asha: Clinic) -> None:
    pack = package(asha)
    before = everything()

    answer = send(owner, pack, "suspensions/", reason="")

    assert answer.status_code == 422
    assert everything() == before


def test_a_restriction_is_lifted_or_the_refund_is_looked_at(owner: Client, asha: Clinic) -> None:
    """S25"""
    anand = member(asha, Role.THERAPIST)
    pack = package(asha, of=plan(therapist_ids=[anand.pk]))

    shown = page(owner, pack, "lifting/")
    answer = send(owner, pack, "lifting/", clause="therapists", reason="Anand has left")

    pack.refresh_from_db()
    assert "the therapists it is tied to" in shown
    assert pack.lifted == ["therapists"]
    assert "Reason: Anand has left" in answer.content.decode()
    assert str(standing.NothingToLift()) in page(owner, pack, "lifting/")


def test_what_the_terms_do_not_hold_cannot_be_lifted(owner: Client, asha: Clinic) -> None:
    pack = package(asha)

    answer = send(owner, pack, "lifting/", clause="branches")

    assert answer.status_code == 422
    assert not Change.objects.filter(package=pack, kind="lifted").exists()


def test_a_transfer_finds_the_patient_shows_the_value_and_leads_to_the_new_pack(
    owner: Client, asha: Clinic
) -> None:
    """S53"""
    pack = package(asha, PatientFactory(name="Gita Rao"))
    use(asha, pack, 3)
    sister = PatientFactory(name="Sita Rao")

    found = page(owner, pack, "transfers/", q="sita")
    shown = page(owner, pack, "transfers/", to=sister.pk, sessions="3")
    answer = send(owner, pack, "transfers/", to=sister.pk, line=pack.lines.get().pk, sessions="3")

    made = Package.objects.get(patient=sister)
    assert f"?to={sister.pk}" in found
    assert "₹3,000.00" in shown
    assert answer.redirect_chain == [(at(made), 302)]
    assert "3 sessions moved to package" in answer.content.decode()
    assert f"{at(made, 'transfer-undoing/')}?reason=" in answer.content.decode()
    told = page(owner, pack)
    assert f"3 sessions moved to package {made.number} of Sita Rao." in told
    assert f'href="{at(made)}"' in told
    assert f"3 sessions came from package {pack.number} of Gita Rao." in page(owner, made)


def test_a_refused_transfer_keeps_the_form(owner: Client, asha: Clinic) -> None:
    pack, sister = package(asha), PatientFactory()
    before = everything()

    answer = send(owner, pack, "transfers/", to=sister.pk, line=pack.lines.get().pk, sessions="11")

    assert answer.status_code == 422
    assert 'value="11"' in answer.content.decode()
    assert everything() == before


def test_a_transfer_that_the_terms_do_not_allow_is_not_offered(owner: Client, asha: Clinic) -> None:
    pack = package(asha, of=plan(transfer_rule="nobody"))

    assert "By its terms sessions of this package cannot be transferred." in page(owner, pack, "transfers/")
    assert "Transfer sessions…" not in page(owner, pack)


def test_a_transfer_is_undone_while_unused(owner: Client, asha: Clinic) -> None:
    pack, sister = package(asha), PatientFactory()
    send(owner, pack, "transfers/", to=sister.pk, line=pack.lines.get().pk, sessions="3")
    made = Package.objects.get(patient=sister)

    answer = send(owner, made, "transfer-undoing/", reason="The wrong sister")

    pack.refresh_from_db()
    assert pack.sessions_left == 10
    assert answer.redirect_chain == [(at(pack), 302)]
    assert "3 sessions came back from package" in answer.content.decode()
    assert "3 sessions moved back to package" in page(owner, made)


def test_a_transfer_of_which_something_was_used_is_not_undone(owner: Client, asha: Clinic) -> None:
    pack, sister = package(asha), PatientFactory()
    made = transfers.transfer(
        pack, sessions=Decimal(3), to=sister, on=asha.today(), by=owner_of(asha), key=uuid4(), reason="Gift"
    )
    use(asha, made, 1)

    assert str(transfers.TransferUsed()) in page(owner, made, "transfer-undoing/")
    assert send(owner, made, "transfer-undoing/").status_code == 422


def test_the_owner_gives_back_half_a_session(owner: Client, asha: Clinic) -> None:
    """S21"""
    pack = package(asha)
    use(asha, pack, 1)
    line = pack.lines.get().pk

    shown = page(owner, pack, "adjustments/", line=line, sessions="0.5")
    answer = send(owner, pack, "adjustments/", line=line, sessions="0.5", reason="It was only ten minutes")

    assert "9 → <strong>9.5</strong>" in shown
    assert "0.5 sessions given. Reason: It was only ten minutes" in answer.content.decode()


def test_the_front_desk_adjusts_within_the_limit_that_the_page_says(desk: Client, asha: Clinic) -> None:
    pack = package(asha)
    line = pack.lines.get().pk
    assert "Only the owner of the clinic gives or takes sessions." in page(desk, pack, "adjustments/")
    allow(desk_adjusts_up_to=Decimal(1))

    shown = page(desk, pack, "adjustments/")
    refused = send(desk, pack, "adjustments/", line=line, sessions="1.5")
    send(desk, pack, "adjustments/", line=line, sessions="1")

    assert "You may give or take up to 1 each time" in shown
    assert refused.status_code == 422
    assert 'value="1.5"' in refused.content.decode()
    pack.refresh_from_db()
    assert pack.sessions_left == 11


@pytest.mark.parametrize(
    ("role", "offered", "kept"),
    [
        (Role.OWNER, ["Freeze…", "Lift a restriction…", "Transfer sessions…"], []),
        (Role.FRONT_DESK, ["Freeze…", "Transfer sessions…"], ["Lift a restriction…"]),
        (Role.THERAPIST, [], ["Freeze…", "Transfer sessions…", "Give or take sessions…", "menu-sheet acts"]),
    ],
)
def test_the_menu_offers_what_the_role_may_do(
    asha: Clinic, client: Client, role: Role, offered: list[str], kept: list[str]
) -> None:
    pack = package(asha, of=plan(where="where_sold", validity_count=3))
    client.force_login(owner_of(asha).user if role == Role.OWNER else member(asha, role).user)

    text = page(client, pack)

    assert [label for label in offered if label not in text] == []
    assert [label for label in kept if label in text] == []


def test_nothing_is_offered_for_a_closed_pack(owner: Client, asha: Clinic) -> None:
    pack = package(asha, paid=0)
    standing.void(pack, on=asha.today(), by=owner_of(asha), key=uuid4(), reason="Wrong patient")

    text = page(owner, pack)

    assert "Freeze…" not in text
    assert "Sold by mistake: the package is void." in text
    assert "The package is void" in page(owner, pack, "freezes/")


def test_the_same_freeze_sent_twice_is_one_freeze(owner: Client, asha: Clinic) -> None:
    pack, today = package(asha, of=plan(validity_count=3)), asha.today()
    typed = {"first_day": today, "last_day": today, "key": str(uuid4())}

    send(owner, pack, "freezes/", **typed)
    send(owner, pack, "freezes/", **typed)

    assert Change.objects.filter(package=pack, kind="frozen").count() == 1


def test_a_frozen_pack_is_said_to_be_frozen_and_counts_for_nothing_today(owner: Client, asha: Clinic) -> None:
    pack, today = package(asha, PatientFactory(name="Gita Rao")), asha.today()
    freeze(asha, pack, today, today + 2 * ONE_DAY)

    file = owner.get(f"/asha/patients/{pack.patient_id}/").content.decode()
    assert f"Frozen to {day(today + 2 * ONE_DAY)}" in file
    assert "Frozen to" in page(owner, pack)
    resting = owner.get("/asha/packages/?view=resting").content.decode()
    assert "Gita Rao" in resting
    assert "frozen" in resting
    patients = owner.get("/asha/patients/").content.decode()
    assert '<td class="number strong" data-label="Sessions left">0</td>' in patients


def test_a_session_in_dispute_stands_beside_the_number_left(owner: Client, asha: Clinic) -> None:
    pack = package(asha)
    (done,) = use(asha, pack, 1)
    aside = ledger.set_aside(
        done.entry, on=asha.today(), by=owner_of(asha), key=uuid4(), reason="Was not there"
    )
    Visit.objects.filter(pk=done.visit.pk).update(entry=aside)

    assert "1 session set aside: in dispute" in page(owner, pack)
    assert "1 in dispute" in owner.get("/asha/packages/").content.decode()
    assert "1 session set aside" in owner.get(f"/asha/patients/{pack.patient_id}/").content.decode()


def test_a_transferred_pack_is_not_listed_as_unpaid(owner: Client, asha: Clinic) -> None:
    pack = package(asha)
    transfers.transfer(
        pack,
        sessions=Decimal(3),
        to=PatientFactory(name="Sita Rao"),
        on=asha.today(),
        by=owner_of(asha),
        key=uuid4(),
        reason="Gift",
    )

    assert "Sita Rao" not in owner.get("/asha/packages/?view=unpaid").content.decode()


def test_lines_and_changes_stand_in_the_order_of_their_recording(owner: Client, asha: Clinic) -> None:
    pack, today = package(asha, of=plan(validity_count=3)), asha.today()
    freeze(asha, pack, today + ONE_DAY, today + ONE_DAY)
    send(owner, pack, "adjustments/", line=pack.lines.get().pk, sessions="1", reason="Goodwill")

    text = page(owner, pack)

    places = [text.index(words) for words in ("10 sessions of", "Frozen on", "1 session given.")]
    assert places == sorted(places)
    assert Entry.objects.filter(package=pack).count() == 2


def freeze(clinic: Clinic, pack: Package, first: date, last: date) -> Change:
    facts = {"on": clinic.today(), "by": owner_of(clinic), "key": uuid4(), "reason": "Travels"}
    return validity.freeze(pack, first_day=first, last_day=last, **facts)


def lapsed(clinic: Clinic) -> Package:
    """A pack whose days are over and whose expiry was posted."""
    pack = package(clinic, of=plan(validity_count=1), at=timezone.now() - 100 * ONE_DAY)
    ledger.lapse(pack, on=clinic.today())
    return pack
