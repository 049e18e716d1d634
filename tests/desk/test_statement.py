"""The statement that ends "you say 6, I say 5" (S60)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from clinic.models import Clinic, Message, Role
from clinic.ui.words import day
from desk.explanation.statement import statement_of_package, statement_of_patient
from tests.desk.explaining import days_ago, named
from tests.factories import PatientFactory, complete, member, package, plan, reopen, use, visit
from visits.answers import answer
from visits.models import Answer


@pytest.fixture
def desk(asha: Clinic, client: Client) -> Client:
    client.force_login(member(asha, Role.FRONT_DESK).user)
    return client


def reached(**facts: Any) -> Any:
    """A patient who has an e-mail address and agreed to messages."""
    return PatientFactory(email="asha.rao@example.test", may_message=True, **facts)


def test_a_line_says_therapist_who_marked_it_what_was_sent_and_what_was_answered(asha: Clinic) -> None:
    """S60"""
    therapist = member(asha, Role.THERAPIST, name="Dr Anand")
    pack = package(asha, reached())
    done = complete(asha, visit(asha, pack.patient, therapist=therapist))
    facts = {"at": timezone.now(), "by": therapist, "key": uuid4(), "initials": "AR"}
    answer(done.visit, says=Answer.Says.YES, via=Answer.Via.SCREEN, clinic=asha, **facts)

    statement = statement_of_package(pack, clinic=asha)

    assert statement
    (sheet,) = statement.sheets
    row = sheet.rows[-1]
    assert row.therapist == "Dr Anand"
    assert row.line.who == "Owner of asha"
    assert row.line.at.date() == asha.today()
    (sent,) = row.sent
    assert sent.startswith(f"E-mail, written on {day(asha.today())} at ")
    assert "AR" in row.answer


def test_a_message_that_went_out_says_when(asha: Clinic) -> None:
    pack = package(asha, reached())
    complete(asha, visit(asha, pack.patient))
    at = timezone.now()
    Message.objects.filter(enclosure__gt="").update(state="sent", sent_at=at)

    statement = statement_of_package(pack, clinic=asha)

    assert statement
    assert statement.sheets[0].rows[-1].sent == (
        f"E-mail, sent on {day(asha.today())} at {asha.local(at):%H:%M}",
    )


def test_silence_is_said_as_silence(asha: Clinic) -> None:
    pack = package(asha)
    complete(asha, visit(asha, pack.patient))

    now, later = statement_of_package(pack, clinic=asha), timezone.now() + timedelta(hours=49)
    then = statement_of_package(pack, clinic=asha, as_of=later)

    assert now
    assert then
    assert now.sheets[0].rows[-1].answer == "Not answered yet"
    assert then.sheets[0].rows[-1].answer == "No answer within 48 h"


def test_messages_of_others_who_used_the_package_are_not_on_its_owner_s_statement(asha: Clinic) -> None:
    """S22"""
    pack = package(asha, of=plan(sharing="named"), at=days_ago(3))
    daughter = reached(name="Sita Daughter")
    named(asha, pack, daughter)
    complete(asha, visit(asha, daughter), package=pack)
    assert Message.objects.filter(patient=daughter).exists()

    statement = statement_of_package(pack, clinic=asha)

    assert statement
    row = statement.sheets[0].rows[-1]
    assert "Used by Sita Daughter." in row.line.sentence
    assert row.sent == ()


def test_reasons_of_the_desk_s_own_are_not_on_the_patient_s_paper(asha: Clinic) -> None:
    pack = package(asha)
    (done,) = use(asha, pack)
    reopen(asha, done.visit, reason="Rude at the counter")

    statement = statement_of_package(pack, clinic=asha)

    assert statement
    assert all("Rude" not in row.line.sentence for row in statement.sheets[0].rows)


def test_the_statement_of_a_patient_has_every_package_the_oldest_first(asha: Clinic) -> None:
    first = package(asha)
    second = package(asha, first.patient)

    statement = statement_of_patient(first.patient, clinic=asha)

    assert [sheet.package.pk for sheet in statement.sheets] == [first.pk, second.pk]


def test_a_line_that_was_written_later_is_not_on_it(asha: Clinic) -> None:
    pack = package(asha)
    use(asha, pack, 2)
    then = timezone.now()
    use(asha, pack)

    statement = statement_of_package(pack, clinic=asha, as_of=then)

    assert statement
    assert [row.line.entry.balance_after for row in statement.sheets[0].rows if row.line.is_entry][-1] == 8


def test_the_page_is_in_the_patient_s_language(asha: Clinic, desk: Client) -> None:
    pack = package(asha, PatientFactory(language="hi"))

    page = desk.get(f"/asha/packages/{pack.pk}/statement/").content.decode()

    assert 'lang="hi"' in page
    assert 'lang="en"' in desk.get(f"/asha/packages/{pack.pk}/statement/?language=en").content.decode()


@pytest.mark.parametrize("whose", ["packages", "patients"])
def test_it_is_printed_as_pdf_and_kept_by_nobody_s_cache(asha: Clinic, desk: Client, whose: str) -> None:
    pack = package(asha)
    use(asha, pack, 3)
    pk = pack.pk if whose == "packages" else pack.patient_id

    paper = desk.get(f"/asha/{whose}/{pk}/statement.pdf")

    assert paper.status_code == 200
    assert paper["Content-Type"] == "application/pdf"
    assert paper.content.startswith(b"%PDF")
    assert "no-store" in paper["Cache-Control"]


def test_before_the_sale_there_is_no_statement(asha: Clinic, desk: Client) -> None:
    pack = package(asha)

    assert desk.get(f"/asha/packages/{pack.pk}/statement/?as_of=2020-01-01").status_code == 404
    assert desk.get(f"/asha/packages/{pack.pk}/statement.pdf?as_of=2020-01-01").status_code == 404
