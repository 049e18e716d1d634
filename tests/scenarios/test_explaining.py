"""The counter's question: "you say 6, I say 5". One answer, readable aloud, and the button that mends it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone

from clinic.access import ACTS
from clinic.models import Clinic, Role
from desk.explanation import explain_count, explain_patient
from desk.explanation.causes import Cause
from desk.explanation.statement import statement_of_package
from desk.hindsight import apply_package
from packages.models import Package
from tests.desk.explaining import days_ago, miss, misses, told
from tests.factories import PatientFactory, complete, member, owner_of, package, plan, use, visit
from visits.answers import answer
from visits.models import Answer


def test_you_say_6_i_say_5_one_statement_lists_the_lines_with_all_that_was_known_of_each(
    asha: Clinic,
) -> None:
    """S60"""
    anand = member(asha, Role.THERAPIST, name="Dr Anand")
    patient = PatientFactory(name="Rohan Desai", email="rohan@example.test", may_message=True)
    pack = package(asha, patient, at=days_ago(10))
    for ago in (5, 3):
        done = complete(asha, visit(asha, patient, at=days_ago(ago), therapist=anand), by=anand)
    facts = {"at": timezone.now(), "by": None, "key": uuid4(), "words": "That was not me"}
    answer(done.visit, says=Answer.Says.NO, via=Answer.Via.LINK, clinic=asha, **facts)

    statement = statement_of_package(pack, clinic=asha)

    assert statement
    (sheet,) = statement.sheets
    used = [row for row in sheet.rows if row.line.label == "Used"]
    assert [row.therapist for row in used] == ["Dr Anand", "Dr Anand"]
    assert [row.line.who for row in used] == ["Dr Anand", "Dr Anand"]
    assert [row.line.on for row in used] == [asha.day_of(days_ago(5)), asha.day_of(days_ago(3))]
    assert all(row.line.at.tzinfo for row in used)
    assert all(len(row.sent) == 1 for row in used)
    assert used[0].answer == "Not answered yet"
    assert "case" in used[1].answer.lower() or "not right" in used[1].answer.lower()
    assert sheet.sentence.startswith("10 sold, 1 used, 1 in dispute: 8 left")


def test_a_forgotten_visit_is_found_without_hunting_and_mended_where_it_is_told(asha: Clinic) -> None:
    """S60: the patient counts six, the pack five; the sixth was never completed."""
    pack = package(asha, at=days_ago(20))
    for ago in (12, 10, 8, 6, 4):
        complete(asha, visit(asha, pack.patient, at=days_ago(ago)))
    forgotten = visit(asha, pack.patient, at=days_ago(2))

    (found,) = [each for each in told(asha, pack).may_be_wrong if each.visit == forgotten]
    mend = found.mends[0]
    complete(asha, forgotten, how=mend.fields["how"], package=Package.objects.get(pk=mend.fields["package"]))

    assert found.cause == Cause.STILL_BOOKED
    assert told(asha, pack).left == 4
    assert misses(asha, pack, Cause.STILL_BOOKED) == []


def test_a_visit_paid_for_before_the_pack_is_applied_and_the_near_miss_is_gone(asha: Clinic) -> None:
    """S34"""
    patient = PatientFactory()
    paid = complete(asha, visit(asha, patient, at=days_ago(2)), how="charge").visit
    pack = package(asha, patient)
    assert miss(asha, pack, Cause.BEFORE_PURCHASE).mends[0].act == "apply_package"

    facts = {"at": timezone.now(), "by": owner_of(asha), "key": uuid4(), "reason": "Asked for it"}
    apply_package(paid, package=pack, clinic=asha, **facts)

    assert misses(asha, pack, Cause.BEFORE_PURCHASE) == []
    assert told(asha, pack).left == 9


def test_the_same_question_about_last_week_is_answered_as_it_was_then(asha: Clinic) -> None:
    """S60"""
    pack = package(asha, of=plan(validity_count=None), at=days_ago(9))
    use(asha, pack, 4)
    then = timezone.now()
    use(asha, pack, 2)

    assert told(asha, pack, as_of=then).sentence == "10 sold, 4 used: 6 left, it never lapses."
    assert told(asha, pack).sentence == "10 sold, 6 used: 4 left, it never lapses."


def test_every_act_that_mends_is_one_that_somebody_may_do_on_a_page_that_exists(asha: Clinic) -> None:
    """A button that leads nowhere helps nobody; one in the wrong hands is worse."""
    pack = package(asha, of=plan(sharing="named", validity_count=10, validity_unit="days"), at=days_ago(40))
    complete(asha, visit(asha, pack.patient, at=days_ago(35)))
    complete(asha, visit(asha, pack.patient, at=days_ago(5)), how="charge")
    visit(asha, pack.patient, at=days_ago(33))
    complete(asha, visit(asha, PatientFactory(), at=days_ago(34), package=pack), how="charge")

    mends = [mend for each in told(asha, pack).misses for mend in each.mends]

    assert len(mends) > 5
    for mend in mends:
        assert mend.act in ACTS
        assert mend.is_here, mend.page
        assert mend.url(asha.slug).startswith(f"/{asha.slug}/")


@pytest.mark.parametrize("role", list(Role))
def test_who_may_mend_is_who_may_do_the_act(asha: Clinic, role: Role) -> None:
    pack = package(asha, at=days_ago(5))
    complete(asha, visit(asha, pack.patient, at=days_ago(1)), how="charge")
    apply, reopen = miss(asha, pack, Cause.PAID_SINGLY).mends
    staff = owner_of(asha) if role == Role.OWNER else member(asha, role)

    assert apply.is_for(staff) is (role == Role.OWNER)
    assert reopen.is_for(staff) is (role in ACTS["reopen_visit"])


def test_a_patient_with_a_hundred_visits_is_explained_from_as_many_questions_as_one_with_two(
    asha: Clinic, queries: object
) -> None:
    few = package(asha, of=plan(sessions=30), at=days_ago(60))
    use(asha, few, 2)
    many = package(asha, of=plan(sessions=30), at=days_ago(60))
    for n in range(20):
        complete(asha, visit(asha, many.patient, at=days_ago(50) + timedelta(days=n)))

    with queries() as one:  # type: ignore[operator]
        explain_count(few, clinic=asha)
    with queries() as other:  # type: ignore[operator]
        explain_count(many, clinic=asha)

    assert other.count == one.count
    assert explain_patient(many.patient, clinic=asha).left == Decimal(10)
