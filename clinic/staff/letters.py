"""What the program writes to those who work here: into an outbox of its own, and out of it by e-mail.

Each function is one short transaction of the caller's; nothing here speaks with a mail server. Towards that a letter
goes out at least once: a worker that is killed while it sends does so again after LEASE, under the same name.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _

from clinic.messages.delivery import LEASE, MOST_ATTEMPTS, pause_after
from clinic.models import Staff, StaffLetter

State = StaffLetter.State


def address_of(staff: Staff) -> str:
    """Where letters reach somebody who works here; nothing where they have left, or do not sign in."""
    user = staff.user
    return user.email if user and user.is_active and staff.is_active else ""


def write(letters: Iterable[StaffLetter]) -> None:
    """Put letters into the outbox; those whose occasion is there already are left out."""
    StaffLetter.objects.bulk_create(letters, ignore_conflicts=True)


def claim(at: datetime) -> StaffLetter | None:
    """Take the next letter that is due, for LEASE; None when nothing is due.

    Who has left, or has no address, gets none; one that was tried often enough has failed, also one that kills whoever
    sends it.
    """
    due = StaffLetter.objects.filter(state__in=StaffLetter.WAITING, not_before__lte=at)
    locked = due.select_related("staff__user").select_for_update(skip_locked=True, of=["self"], no_key=True)
    while letter := locked.order_by("not_before", "pk").first():
        address = address_of(letter.staff)
        if not address:
            _change(letter, state=State.CANCELLED, last_words=_("This person does not work here any more."))
        elif letter.attempts >= MOST_ATTEMPTS:
            words = letter.last_words or _("Given up after too many attempts.")
            _change(letter, state=State.FAILED, last_words=words)
        else:
            _change(
                letter,
                state=State.SENDING,
                address=address,
                attempts=letter.attempts + 1,
                not_before=at + LEASE,
            )
            return letter
    return None


def record_sent(letter: StaffLetter, at: datetime) -> None:
    """The mail server has it. True also for a worker that was slower than its lease."""
    _change(letter, state=State.SENT, sent_at=at, last_words="")


def record_failure(letter: StaffLetter, at: datetime, *, words: str, for_good: bool) -> None:
    """It did not go out: later again, or not at all. A claim that somebody else has taken over is left alone."""
    mine = StaffLetter.objects.filter(pk=letter.pk, state=State.SENDING, attempts=letter.attempts)
    if for_good:
        mine.update(state=State.FAILED, last_words=words[:300])
    else:
        mine.update(state=State.QUEUED, not_before=at + pause_after(letter.attempts), last_words=words[:300])


def _change(letter: StaffLetter, **facts: object) -> None:
    for name, value in facts.items():
        setattr(letter, name, value)
    StaffLetter.objects.filter(pk=letter.pk).update(**facts)
