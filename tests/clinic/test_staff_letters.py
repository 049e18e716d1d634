"""Letters to those who work here, against a real mail server."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import ProgrammingError, transaction
from django.utils import timezone

from clinic.messages.delivery import LEASE, MOST_ATTEMPTS
from clinic.messages.enclosures import Enclosure, _makers, enclose
from clinic.models import Clinic, Staff, StaffLetter
from clinic.staff import letters
from clinic.staff.tasks import send_letters
from clinic.tenancy.context import clinic_context
from tests.factories import found, owner_of
from tests.messages.real import Mailbox, at_once, mailbox

__all__ = ["mailbox"]
State = StaffLetter.State


def written(clinic: Clinic, occasion: str = "1", **facts: Any) -> StaffLetter:
    known = {"staff": owner_of(clinic), "subject": "Owed in care", "body": "9,000"} | facts
    letters.write([StaffLetter(occasion=occasion, **known)])
    letter: StaffLetter = StaffLetter.objects.get(occasion=occasion)
    return letter


def test_a_letter_goes_to_the_person_who_works_here_and_offers_no_patients_link(
    asha: Clinic, mailbox: Mailbox
) -> None:
    letter = written(asha)

    assert send_letters(clinic_id=asha.pk) == 1
    assert send_letters(clinic_id=asha.pk) == 0

    (sent,) = mailbox.letters
    letter.refresh_from_db()
    assert (sent["To"], sent["Subject"], sent["List-Unsubscribe"]) == (
        owner_of(asha).user.email,
        "Owed in care",
        None,
    )
    assert (letter.state, letter.address, letter.attempts) == (State.SENT, sent["To"], 1)


def test_an_occasion_is_written_once_and_what_it_says_stays(asha: Clinic) -> None:
    """S13"""
    letter = written(asha)

    assert written(asha, body="10,000").body == "9,000"
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        StaffLetter.objects.update(body="10,000")
    with pytest.raises(Exception, match="clinic_staffletter"), transaction.atomic():
        letter.delete()


@pytest.mark.parametrize("paper", [Enclosure("owed.pdf", b"%PDF-1.7"), None])
def test_the_paper_is_made_when_it_is_sent_and_where_none_can_be_the_letter_goes_without(
    asha: Clinic, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch, paper: Enclosure | None
) -> None:
    monkeypatch.setattr("clinic.messages.enclosures._makers", dict(_makers))
    enclose("test", lambda key, at: paper)
    written(asha, enclosure="test:2026-03-31")

    assert send_letters(clinic_id=asha.pk) == 1

    assert mailbox.letters[0].is_multipart() is (paper is not None)


def test_what_a_server_puts_off_is_tried_again_and_what_it_refuses_is_not(
    asha: Clinic, mailbox: Mailbox
) -> None:
    letter = written(asha)
    mailbox.answer = "451 Try later"
    assert send_letters(clinic_id=asha.pk) == 0
    letter.refresh_from_db()
    assert (letter.state, letter.last_words) == (State.QUEUED, "451 Try later")
    assert letter.not_before > timezone.now()

    StaffLetter.objects.update(not_before=timezone.now())
    mailbox.answer = "550 No such mailbox"
    assert send_letters(clinic_id=asha.pk) == 0

    letter.refresh_from_db()
    assert (letter.state, letter.last_words, mailbox.letters) == (State.FAILED, "550 No such mailbox", [])


def test_a_worker_that_was_killed_while_it_sent_is_followed_by_another(
    asha: Clinic, mailbox: Mailbox
) -> None:
    """S56: never lost; towards the server it goes out at least once, under the same name."""
    letter = written(asha)
    at = timezone.now()
    claimed = letters.claim(at)
    assert claimed
    assert letters.claim(at) is None
    assert letters.claim(at + LEASE - timedelta(seconds=1)) is None

    again = letters.claim(at + LEASE)
    assert again == letter
    # The slow one is told that it failed; the claim is not its any more.
    letters.record_failure(claimed, at, words="slow", for_good=True)
    letter.refresh_from_db()
    assert (letter.state, letter.attempts) == (State.SENDING, 2)


def test_one_that_kills_whoever_sends_it_is_given_up(asha: Clinic) -> None:
    letter = written(asha)
    StaffLetter.objects.update(attempts=MOST_ATTEMPTS)

    assert letters.claim(timezone.now()) is None

    letter.refresh_from_db()
    assert letter.state == State.FAILED


def test_who_works_here_no_more_gets_no_letter(asha: Clinic, mailbox: Mailbox) -> None:
    letter = written(asha)
    Staff.objects.update(is_active=False)

    assert send_letters(clinic_id=asha.pk) == 0

    letter.refresh_from_db()
    assert (letter.state, mailbox.letters) == (State.CANCELLED, [])


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_it_once(mailbox: Mailbox) -> None:
    """S56"""
    clinic = found("asha")
    with clinic_context(clinic.pk):
        written(clinic)

    at_once(lambda: send_letters(clinic_id=clinic.pk), times=3)

    assert len(mailbox.letters) == 1


def test_who_does_not_sign_in_gets_no_letter(asha: Clinic, mailbox: Mailbox) -> None:
    letter = written(asha, staff=Staff.objects.create(name="Ravi", role="therapist"))

    assert send_letters(clinic_id=asha.pk) == 0

    letter.refresh_from_db()
    assert (letter.state, mailbox.letters) == (State.CANCELLED, [])
