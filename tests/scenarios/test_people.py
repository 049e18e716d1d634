"""Who a patient is, and who may use a patient's pack."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db.models import Sum
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from billing.models import Allocation, Bill, Method, Payment
from billing.payments import Tender
from clinic.models import AuditEvent, Branch, Clinic, Patient, Role
from clinic.patients.links import make_link
from clinic.ui.words import day
from desk import checkout
from desk.merging import merge_patients, merges_into
from desk.patient_file import account_of
from desk.recount import recount
from packages.eligibility import NotCovered
from packages.liability import liability
from packages.models import Entry, Package
from packages.naming import TooManyNamed, name_person, unname_person
from packages.passbook import lines_of
from tests.committing import check_now
from tests.factories import (
    PatientFactory,
    complete,
    member,
    owner_of,
    package,
    plan,
    reopen,
    sale,
    use,
    visit,
)
from visits.models import Visit


def merge(clinic: Clinic, kept: Patient, gone: Patient) -> None:
    facts: Any = {"at": timezone.now(), "by": owner_of(clinic), "key": uuid4(), "reason": "The same phone"}
    merge_patients(kept, gone, clinic=clinic, **facts)
    check_now()


def with_a_history(clinic: Clinic) -> Patient:
    """Packs half used, half paid and used up, visits from packs, paid singly, free, taken back and still to come."""
    patient = PatientFactory()
    use(clinic, package(clinic, patient), 3)
    sale(clinic, patient, of=plan(activation="as_paid"), paid=4_000)
    use(clinic, package(clinic, patient, of=plan(sessions=1, price=900)))
    reopen(clinic, complete(clinic, visit(clinic, patient)).visit)
    complete(clinic, visit(clinic, patient), how="charge", tenders=[Tender(Method.CASH, Decimal(600))])
    complete(clinic, visit(clinic, patient), how="free", reason="Trial")
    visit(clinic, patient)
    checkout.take_payment(
        patient,
        tenders=[Tender(Method.UPI, Decimal(250))],
        lines=[],
        branch=Branch.objects.get(),
        clinic=clinic,
        at=timezone.now(),
        by=owner_of(clinic),
        key=uuid4(),
    )
    return patient


def counts_of(*patients: Patient) -> dict[str, Any]:
    """Every count and every total of these records together."""
    packages, bills = Package.objects.filter(patient__in=patients), Bill.objects.filter(patient__in=patients)
    payments = Payment.objects.filter(patient__in=patients)
    accounts = [account_of(patient) for patient in patients]
    sums = ("sessions_sold", "sessions_left", "sessions_used", "value_left", "paid")
    return {
        "packages": packages.count(),
        **{name: packages.aggregate(sum=Sum(name))["sum"] for name in sums},
        "lines": Entry.objects.filter(package__in=packages).count(),
        "visits": Visit.objects.filter(patient__in=patients).count(),
        "completed": Visit.objects.filter(patient__in=patients, state="completed").count(),
        "bills": sorted(bills.values_list("name", "total", "document")),
        "payments": sorted(payments.values_list("amount", flat=True)),
        "allocated": Allocation.objects.filter(payment__in=payments).aggregate(sum=Sum("amount"))["sum"],
        "to pay": sum(account.to_pay for account in accounts),
        "paid ahead": sum(account.money_unapplied for account in accounts),
    }


def test_two_records_of_one_patient_are_merged_and_every_count_and_total_is_unchanged(asha: Clinic) -> None:
    """S17"""
    kept, gone, somebody = with_a_history(asha), with_a_history(asha), with_a_history(asha)
    together, others = counts_of(kept, gone), counts_of(somebody)
    report = liability(asha.today())

    merge(asha, kept, gone)

    assert counts_of(kept) == counts_of(kept, gone) == together
    assert not any(counts_of(gone)[name] for name in ("packages", "visits", "bills", "payments", "to pay"))
    assert counts_of(somebody) == others
    owed = liability(asha.today())
    assert (owed.value, owed.sessions, owed.receivable, owed.difference) == (
        report.value,
        report.sessions,
        report.receivable,
        0,
    )
    assert recount() == []
    assert [merged.event.subject_id for merged in merges_into(kept)] == [gone.pk]


def test_after_the_merge_the_count_goes_on_as_if_there_had_been_one_record(asha: Clinic) -> None:
    """S17"""
    kept, gone = PatientFactory(), PatientFactory()
    pack = package(asha, gone)
    use(asha, pack, 2)
    booked, done = visit(asha, gone), complete(asha, visit(asha, gone))

    merge(asha, kept, gone)
    booked.refresh_from_db()
    later = complete(asha, booked)
    reopen(asha, done.visit)
    check_now()

    pack.refresh_from_db()
    assert (pack.patient, later.entry.package, pack.sessions_left) == (kept, pack, 7)
    assert later.bill.document["package"]["owner"] == ""
    assert recount() == []


def name(clinic: Clinic, pack: Package, person: Patient, **facts: Any) -> Any:
    facts = {"kind": "cousin", "on": clinic.today(), "by": owner_of(clinic), "key": uuid4()} | facts
    return name_person(pack, person=person, **facts)


def test_she_is_named_on_his_pack_and_he_reads_who_used_it_and_when_but_no_note_of_hers(asha: Clinic) -> None:
    """S22"""
    pack = package(asha, of=plan(sharing="named"))
    she = PatientFactory(name="Sita Rao", notes="Shoulder, and something she told nobody")
    name(asha, pack, she, kind="wife")
    seen = visit(asha, she, note="Bring the scan")

    done = complete(asha, seen)
    check_now()

    pack.refresh_from_db()
    assert (done.entry.package, done.entry.beneficiary, pack.sessions_left) == (pack, she, 9)
    line = lines_of(pack, asha)[-1]
    assert "Used by Sita Rao." in line.sentence
    assert (line.entry.happened_on, line.entry.balance_after) == (asha.today(), 9)
    told = repr([each.sentence for each in lines_of(pack, asha)]) + str(done.bill.document)
    assert "told nobody" not in told
    assert "Bring the scan" not in told


def test_who_is_named_sees_date_and_count_of_the_owners_pack_and_nothing_else(
    asha: Clinic, client: Client
) -> None:
    """S22"""
    he = PatientFactory(name="Ravi Rao", notes="Hip, in confidence")
    she, son = PatientFactory(name="Sita Rao"), PatientFactory(name="Gopal Rao")
    pack = package(asha, he, of=plan(sharing="named", name="Family pack"))
    name(asha, pack, she)
    name(asha, pack, son)
    secret = member(asha, Role.THERAPIST, name="Dr Secret")
    for who in (he, son):
        complete(asha, visit(asha, who, therapist=secret, note="Bring the scan"))
    pages = [
        client.get(reverse("desk:portal", args=["asha", make_link(who, by=None)])).content.decode()
        for who in (she, PatientFactory())
    ]

    hers, strangers = pages
    assert "Family pack" in hers
    assert "a package of Ravi" in hers
    assert '<b class="balance-left">8</b>' in hers
    assert hers.count(f"<span>{day(asha.today())}</span>") == 3
    for word in ("Gopal", "in confidence", "Dr Secret", "Bring the scan", "₹"):
        assert word not in hers, word
    assert "Family pack" not in strangers


def test_who_was_taken_off_sees_nothing_of_the_pack_any_more(asha: Clinic, client: Client) -> None:
    """S22"""
    pack, she = package(asha, of=plan(sharing="named", name="Family pack")), PatientFactory()
    relation = name(asha, pack, she)
    unname_person(pack, relation=relation, on=asha.today(), by=owner_of(asha), key=uuid4())

    page = client.get(reverse("desk:portal", args=["asha", make_link(she, by=None)]))

    assert "Family pack" not in page.content.decode()


def test_a_cousin_is_refused_until_the_owner_of_the_pack_names_them_and_that_is_recorded(
    asha: Clinic,
) -> None:
    """S23"""
    pack, cousin = package(asha, of=plan(sharing="named", named_limit=1)), PatientFactory(name="Kiran")
    seen, desk = visit(asha, cousin), member(asha, Role.FRONT_DESK)
    with pytest.raises(NotCovered, match="Kiran is not named"):
        complete(asha, seen, package=pack)

    name(asha, pack, cousin, by=desk)

    assert complete(asha, seen).entry.package == pack
    event = AuditEvent.objects.get(act="name_person")
    assert (event.by, event.subject_id, (event.after or {})["name"]) == (desk, pack.pk, "Kiran")


@pytest.mark.parametrize("limit", [1, 2])
def test_beyond_the_plans_limit_nobody_is_named_until_somebody_is_taken_off(asha: Clinic, limit: int) -> None:
    """S23"""
    pack, cousin = package(asha, of=plan(sharing="named", named_limit=limit)), PatientFactory()
    first, *_others = [name(asha, pack, PatientFactory()) for _ in range(limit)]
    tomorrow = asha.today() + timedelta(days=1)

    with pytest.raises(TooManyNamed):
        name(asha, pack, cousin)
    with pytest.raises(NotCovered):
        complete(asha, visit(asha, cousin), package=pack)
    unname_person(pack, relation=first, on=tomorrow, by=owner_of(asha), key=uuid4())

    assert name(asha, pack, cousin, on=tomorrow).holds_on(tomorrow)
