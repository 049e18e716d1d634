"""A session that the patient says was not right: set aside with a clock, talked over, and decided once by the owner.

What needs a bill to be answered is decided by the layer above, desk.disputes.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from clinic import access, audit, counters
from clinic.acts import act
from clinic.keys import part
from clinic.models import Clinic, Staff
from clinic.refusals import Refused
from packages import ledger
from packages.models import Entry, Kind
from packages.models.entries import DEDUCTIONS

from .absences import let_off
from .models import Answer, Dispute, DisputeNote, Visit
from .records import InDispute, change, locked

DAYS_TO_DECIDE = 7
HALF = Decimal("0.5")
Decision, Via = Dispute.Decision, Dispute.Via
# After these the session, or half of it, is used by a line of its own.
TOOK_AFTER_ALL = frozenset({Decision.STANDS, Decision.HALF})


class NothingTaken(Refused):
    """Without a session there is nothing to be right or wrong about."""

    def __init__(self) -> None:
        super().__init__(
            _("This visit took no session of a package: there is nothing to confirm or dispute.")
        )


class AlreadyDecided(Refused):
    """A decision is made once."""

    def __init__(self, dispute: Dispute) -> None:
        self.dispute = dispute
        facts = {"number": dispute.number, "decision": dispute.get_decision_display()}
        super().__init__(_("Case %(number)s is decided: %(decision)s.") % facts)


class WordsMissing(Refused):
    def __init__(self) -> None:
        super().__init__(_("Write something first."))


class NoHalf(Refused):
    """Sessions are counted in halves; half of a half is none."""

    def __init__(self) -> None:
        super().__init__(_("Half a session cannot be divided. Let it stand, or give it back."))


@act
def open_dispute(
    visit: Visit,
    *,
    clinic: Clinic,
    at: datetime,
    by: Staff | None,
    key: uuid.UUID,
    via: Dispute.Via = Via.DESK,
    words: str = "",
    answer: Answer | None = None,
    days: int = DAYS_TO_DECIDE,
) -> Dispute:
    """Set the session that the visit took aside until it is decided: neither used nor free, and still owed.

    The same key twice is the same dispute. Refuses where nothing was taken, what is disputed or decided already, and
    a package that is refunded or void.
    """
    if via == Via.DESK:
        access.require(by, "open_dispute")
    visit = locked(visit)
    if done := Dispute.objects.filter(key=key).first():
        return done
    entry = disputable(visit)
    number = counters.next_number("dispute")
    aside = ledger.set_aside(
        entry,
        on=clinic.day_of(at),
        by=by,
        key=part(key, "set aside"),
        reason=_("The patient says that this is not right: case %(number)d.") % {"number": number},
    )
    dispute = Dispute.objects.create(
        number=number,
        visit=visit,
        entry=entry,
        aside=aside,
        answer=answer,
        via=via,
        words=words.strip(),
        due_on=clinic.day_of(at) + timedelta(days=days),
        opened_by=by,
        key=key,
    )
    change(visit, "open_dispute", by, entry=aside)
    return dispute


def disputable(visit: Visit) -> Entry:
    """The deduction of a locked visit that can be answered and disputed now; refuses as open_dispute does."""
    entry = visit.entry
    if entry is not None and entry.kind == Kind.SET_ASIDE:
        raise InDispute(Dispute.objects.get(aside=entry))
    if entry is None or entry.kind not in DEDUCTIONS or not entry.sessions:
        raise NothingTaken
    if decided := decided_by(entry):
        raise AlreadyDecided(decided)
    return entry


def decided_by(entry: Entry) -> Dispute | None:
    """The dispute whose decision wrote this line: it took the session after all, or half of it."""
    if entry.turn is None:
        return None
    took = Dispute.objects.filter(visit=entry.visit_id, decision__in=TOOK_AFTER_ALL)
    return took.filter(aside__turn=entry.turn - 2).first()


@act
def add_note(
    dispute: Dispute, *, words: str, by: Staff | None, key: uuid.UUID, is_shown: bool = False
) -> DisputeNote:
    """Write into the thread; by nobody is by the patient. The same key twice is the same note.

    What the clinic writes the patient reads only where it `is_shown`. Refuses nothing written, and a decided case.
    """
    if by is not None:
        access.require(by, "note_dispute")
    dispute = _locked(dispute)
    if done := DisputeNote.objects.filter(key=key).first():
        return done
    if not words.strip():
        raise WordsMissing
    if not dispute.is_open:
        raise AlreadyDecided(dispute)
    note = DisputeNote.objects.create(
        dispute=dispute, words=words.strip(), by=by, is_shown=by is None or is_shown, key=key
    )
    audit.record("note_dispute", dispute, by=by, after={"note": note.pk})
    return note


@act
def decide(
    dispute: Dispute, *, decision: Dispute.Decision, reason: str, by: Staff, key: uuid.UUID
) -> tuple[Dispute, Visit]:
    """Write the decision, and hand back the visit, locked, whose session has to be settled by it in the same act.

    Refuses without a reason, what was decided before, and half of half a session.
    """
    access.require(by, "decide_dispute")
    visit = locked(Visit(pk=dispute.visit_id))
    dispute = _locked(dispute)
    if not dispute.is_open:
        raise AlreadyDecided(dispute)
    if not reason.strip():
        raise ledger.ReasonMissing
    if decision == Decision.HALF and dispute.entry.taken / 2 % HALF:
        raise NoHalf
    dispute.decision, dispute.reason, dispute.decision_key = decision, reason.strip(), key
    dispute.decided_by = by
    dispute.save(update_fields=["decision", "reason", "decision_key", "decided_by"])
    audit.record("decide_dispute", dispute, by=by, after={"decision": decision, "reason": dispute.reason})
    return dispute, visit


@act
def uphold(
    dispute: Dispute, visit: Visit, *, clinic: Clinic, at: datetime, by: Staff, key: uuid.UUID
) -> Visit:
    """It stands: the session is used after all, as the kind of line that it was."""
    return _taken(dispute, visit, None, clinic=clinic, at=at, by=by, key=key)


@act
def settle_absence(
    dispute: Dispute, visit: Visit, *, clinic: Clinic, at: datetime, by: Staff, key: uuid.UUID
) -> Visit:
    """Give back what an absence took, or half of it. It stays an absence."""
    if dispute.decision == Decision.GIVEN_BACK:
        return let_off(visit, clinic=clinic, at=at, by=by, key=key, reason=dispute.reason)
    return _taken(dispute, visit, dispute.entry.taken / 2, clinic=clinic, at=at, by=by, key=key)


def _taken(
    dispute: Dispute,
    visit: Visit,
    sessions: Decimal | None,
    *,
    clinic: Clinic,
    at: datetime,
    by: Staff,
    key: uuid.UUID,
) -> Visit:
    assert visit.entry is not None
    entry = ledger.uphold(
        visit.entry,
        kind=Kind(dispute.entry.kind),
        sessions=sessions,
        on=clinic.day_of(at),
        by=by,
        key=part(key, "uphold"),
        reason=dispute.reason,
    )
    return change(visit, "decide_dispute", by, entry=entry)


def _locked(dispute: Dispute) -> Dispute:
    rows = Dispute.objects.select_related("visit", "entry", "aside")
    return rows.select_for_update(of=("self",), no_key=True).get(pk=dispute.pk)
