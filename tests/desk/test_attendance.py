"""What an attendance statement says: visit by visit, adding up to the price of the package."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from billing.models import Statement
from clinic import access
from clinic.access import NotAllowed
from clinic.counters import next_number
from clinic.models import AuditEvent, Clinic, Role
from desk.attendance.issuing import IssuedBefore, NothingToState
from desk.attendance.since import changes_since
from packages import transfers
from packages.models import Package
from tests.acts import cash, not_come, refund
from tests.committing import check_now
from tests.desk.attending import added_up, issue, lately, of_package, text_of
from tests.desk.explaining import named
from tests.factories import (
    PatientFactory,
    ServiceFactory,
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
from tests.written import everything


def test_each_visit_says_day_time_minutes_service_code_therapist_and_worth(asha: Clinic) -> None:
    therapist = member(asha, Role.THERAPIST, name="Dr Anand", registration="MH/4711")
    service = ServiceFactory()
    service.code = "999314"
    service.save()
    pack = package(asha, of=plan(sessions=3))
    done = complete(asha, visit(asha, pack.patient, therapist=therapist))

    statement = issue(asha, of_package(pack))

    (row,) = statement.document["rows"]
    assert row["starts_at"] == asha.local(done.visit.starts_at).isoformat(timespec="minutes")
    assert (row["minutes"], row["service"], row["code"]) == (60, "Physiotherapy 60 min", "999314")
    assert (row["sessions"], row["count"], row["of"], row["value"]) == ("1.0", "1.0", "3.0", "3333.33")
    said = text_of(statement)
    assert "Dr Anand" in said
    assert "MH/4711" in said
    assert "1 of 3" in said


def test_attended_not_attended_and_unused_add_up_to_the_price(asha: Clinic) -> None:
    """S41"""
    pack = package(asha, of=plan(sessions=7, price=10_000, no_show_takes="one", free_passes=0))
    use(asha, pack, 2)
    not_come(asha, pack.patient)

    statement = issue(asha, of_package(pack))

    document = statement.document
    assert len(document["rows"]) == 3
    assert document["totals"]["absent_sessions"] == "1.0"
    assert added_up(document) == 10_000
    assert Decimal(document["rest"]["left"]["sessions"]) == 4


def test_a_visit_that_did_not_take_place_is_not_in_what_was_attended(asha: Clinic) -> None:
    pack = package(asha, of=plan(no_show_takes="one", free_passes=0))
    not_come(asha, pack.patient)

    statement = issue(asha, of_package(pack))

    assert statement.document["totals"]["all"] == "0.00"
    said = text_of(statement)
    assert "No visit was attended." in said
    assert "Not attended, and counted by the terms 1 ₹1,000.00" in said


def test_sessions_that_others_used_are_one_line_and_name_nobody(asha: Clinic) -> None:
    """S22"""
    pack = package(asha, of=plan(sharing="named"), at=timezone.now() - timedelta(days=3))
    daughter = PatientFactory(name="Sita Daughter")
    named(asha, pack, daughter)
    complete(asha, visit(asha, daughter), package=pack)

    statement = issue(asha, of_package(pack))

    assert statement.document["rows"] == []
    assert added_up(statement.document) == 10_000
    said = text_of(statement)
    assert "Used by people named on the package 1" in said
    assert "Sita" not in said


def test_who_used_somebody_else_s_package_has_the_visit_on_a_statement_of_days(asha: Clinic) -> None:
    pack = package(asha, of=plan(sharing="named"), at=timezone.now() - timedelta(days=3))
    daughter = PatientFactory(name="Sita Daughter")
    named(asha, pack, daughter)
    complete(asha, visit(asha, daughter), package=pack)

    statement = issue(asha, lately(asha, daughter))

    assert [(row["package"], row["value"]) for row in statement.document["rows"]] == [
        (pack.number, "1000.00")
    ]


def test_days_have_packs_single_visits_and_what_was_received(asha: Clinic) -> None:
    patient = PatientFactory()
    complete(asha, visit(asha, patient), how="charge", tenders=[cash(1000)])
    use(asha, package(asha, patient))

    statement = issue(asha, lately(asha, patient))

    totals = statement.document["totals"]
    assert (totals["attended"], totals["singly"], totals["all"]) == ("1000.00", "1000.00", "2000.00")
    assert [payment["amount"] for payment in statement.document["payments"]] == ["1000.00", "10000.00"]
    assert "Rupees Two Thousand Only" in text_of(statement)


def test_the_price_paid_and_the_discount_stand_on_it(asha: Clinic) -> None:
    pack = package(asha, price=8_000)

    said = text_of(issue(asha, of_package(pack)))

    assert "List price ₹10,000.00, discount ₹2,000.00" in said
    assert "Price ₹8,000.00" in said
    assert "Not used yet 10 ₹8,000.00" in said


@pytest.mark.parametrize("how", ["refund", "transfer"])
def test_what_left_the_package_otherwise_has_its_line(asha: Clinic, how: str) -> None:
    pack = package(asha, of=plan(transfer_rule="anybody"))
    use(asha, pack, 3)
    if how == "refund":
        refund(asha, pack)
    else:
        facts: dict[str, Any] = {"on": asha.today(), "by": owner_of(asha), "key": uuid4(), "reason": "Sister"}
        transfers.transfer(pack, sessions=Decimal(3), to=PatientFactory(), **facts)

    statement = issue(asha, of_package(pack))

    assert added_up(statement.document) == 10_000
    assert ("Refunded 7 ₹7,000.00" if how == "refund" else "Transferred to another package 3 ₹3,000.00") in (
        text_of(statement)
    )


def test_a_visit_that_was_reopened_is_not_there_and_its_number_is_not_missed(asha: Clinic) -> None:
    pack = package(asha)
    _one, two, _three = use(asha, pack, 3)
    reopen(asha, two.visit)

    statement = issue(asha, of_package(pack))

    assert [row["count"] for row in statement.document["rows"]] == ["1.0", "2.0"]
    assert added_up(statement.document) == 10_000


def test_statements_are_numbered_by_the_clinic(asha: Clinic) -> None:
    first, second = (issue(asha, of_package(package(asha))) for _ in range(2))

    assert (first.number, second.number) == (1, 2)
    assert next_number("statement") == 3
    assert AuditEvent.objects.filter(act="issue_statement").count() == 2


def test_the_same_key_twice_is_one_statement(asha: Clinic) -> None:
    scope, key = of_package(package(asha)), uuid4()

    first, again = issue(asha, scope, key=key), issue(asha, scope, key=key)

    assert first == again
    assert Statement.objects.count() == 1


def test_nothing_new_is_not_issued_twice(asha: Clinic) -> None:
    pack = package(asha)
    first = issue(asha, of_package(pack))
    before = everything()

    with pytest.raises(IssuedBefore, match="statement 1") as refusal:
        issue(asha, of_package(pack))

    assert refusal.value.statement == first
    assert everything() == before


def test_days_without_a_visit_are_refused(asha: Clinic) -> None:
    patient = PatientFactory()
    before = everything()

    with pytest.raises(NothingToState):
        issue(asha, lately(asha, patient))

    assert everything() == before


def test_a_later_one_replaces_it_and_both_say_so(asha: Clinic) -> None:
    pack = package(asha)
    done, _other = use(asha, pack, 2)
    first = issue(asha, of_package(pack))
    then = text_of(first)
    reopen(asha, done.visit)

    second = issue(asha, of_package(pack), reason="A visit was counted twice")

    first.refresh_from_db()
    assert second.replaces == first
    assert "Replaces statement 1. Reason: A visit was counted twice" in text_of(second)
    assert text_of(first).replace("Replaced by statement 2 ", "") == then


def test_what_changed_since_is_said_visit_by_visit(asha: Clinic) -> None:
    pack = package(asha)
    first, _second = use(asha, pack, 2)
    statement = issue(asha, of_package(pack))
    assert changes_since(statement, asha) == []

    reopen(asha, first.visit)
    (sentence, *others) = changes_since(statement, asha)

    when = asha.local(first.visit.starts_at)
    assert sentence == f"The visit of {when.day} {when:%b %Y}, {when:%H:%M} was reopened or taken back."
    assert len(others) <= 1  # the other one moved up, and may be worth a coin more or less


def test_later_visits_are_no_change_and_earlier_ones_that_were_entered_late_are(asha: Clinic) -> None:
    pack = package(asha, at=timezone.now() - timedelta(days=9))
    use(asha, pack)
    statement = issue(asha, of_package(pack))

    complete(asha, visit(asha, pack.patient, at=timezone.now() - timedelta(days=2)))

    assert any("entered after the issue" in sentence for sentence in changes_since(statement, asha))


def test_printed_on_another_day_it_is_a_duplicate_and_says_the_same(asha: Clinic) -> None:
    """S07"""
    pack = package(asha)
    use(asha, pack)
    statement = issue(asha, of_package(pack))

    today, later = text_of(statement), text_of(statement, at=timezone.now() + timedelta(days=2))

    assert "Duplicate" not in today
    assert "Duplicate" in later
    words = later[later.index("Duplicate") : later.index("Patient")]
    assert later.replace(words, "") == today


def test_hindi_is_the_same_paper(asha: Clinic) -> None:
    statement = issue(asha, of_package(package(asha, PatientFactory(language="hi"))))

    assert "रुपये" in text_of(statement) or "शून्य" in text_of(statement)
    assert statement.document["words"]["en"] in text_of(statement, language="en")


def test_a_therapist_issues_none(asha: Clinic) -> None:
    pack = package(asha)
    therapist = member(asha, Role.THERAPIST)

    with pytest.raises(NotAllowed):
        issue(asha, of_package(pack), by=therapist)

    assert not Statement.objects.exists()
    assert access.may(member(asha, Role.ACCOUNTANT), "issue_statement")


def test_a_record_that_was_merged_takes_its_visits_along(asha: Clinic) -> None:
    """S17"""
    from tests.desk.test_merging import merge

    kept, gone = PatientFactory(), PatientFactory()
    use(asha, package(asha, gone))
    merge(asha, kept, gone)
    pack = Package.objects.get(patient=kept)

    statement = issue(asha, of_package(pack))

    assert len(statement.document["rows"]) == 1
    check_now()


def test_a_statement_of_sixty_visits_asks_no_more_than_one_of_two(asha: Clinic, queries: Any) -> None:
    small, large = package(asha), package(asha, of=plan(sessions=30))
    use(asha, small, 2)
    use(asha, large, 12)
    counts = []
    for pack in (small, large):
        with queries() as counted:
            issue(asha, of_package(pack))
        counts.append(len(counted))

    assert counts[0] == counts[1]


def test_a_sale_at_no_price_has_a_statement_too(asha: Clinic) -> None:
    sold = sale(asha, of=plan(price=0))
    use(asha, sold.package)

    assert issue(asha, of_package(sold.package)).document["totals"]["all"] == "0.00"
