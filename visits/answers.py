"""What the patient says of each session that was taken: right, not right, or nothing within 48 hours.

Silence is told from the time that has passed; it is written nowhere and is never consent.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic import audit
from clinic.acts import act
from clinic.keys import part
from clinic.models import Clinic, Staff
from clinic.refusals import Refused
from clinic.ui.words import day
from packages.models import Entry, Kind
from packages.models.entries import DEDUCTIONS

from .disputes import TOOK_AFTER_ALL, disputable, open_dispute
from .models import Answer, Dispute, Visit
from .records import locked

SILENCE = timedelta(hours=48)
Says, Via = Answer.Says, Answer.Via


class NotSigned(Refused):
    """Anybody could have pressed there."""

    def __init__(self) -> None:
        super().__init__(_("Write your initials or sign with a finger, so that we know it was you."))


class Standing(Enum):
    """How a deduction stands with the patient."""

    YES = "yes"
    WAITING = "waiting"
    SILENT = "silent"
    DISPUTED = "disputed"
    DECIDED = "decided"


# Tone and icon of the pill. Silence is no consent and does not look like it.
LOOKS = {
    Standing.YES: ("good", "check"),
    Standing.WAITING: ("", ""),
    Standing.SILENT: ("note", "clock"),
    Standing.DISPUTED: ("warn", ""),
    Standing.DECIDED: ("note", "scale"),
}

# How an answer was given: by the link, with initials, with a signature. Told to the desk, and to the patient.
RIGHT: dict[str, str | Promise] = {
    "": gettext_lazy("Patient: right, %(day)s"),
    "initials": gettext_lazy("Patient: right, %(day)s, initials %(initials)s"),
    "signed": gettext_lazy("Patient: right, %(day)s, signed"),
}
RIGHT_TO_PATIENT: dict[str, str | Promise] = {
    "": gettext_lazy("You said: right, %(day)s"),
    "initials": gettext_lazy("You said: right, %(day)s, initials %(initials)s"),
    "signed": gettext_lazy("You said: right, %(day)s, signed"),
}


@dataclass(frozen=True)
class Answered:
    """What was known of a deduction at a moment: the last answer, and the dispute that it is part of."""

    standing: Standing
    answer: Answer | None = None
    dispute: Dispute | None = None

    @property
    def tone(self) -> str:
        return LOOKS[self.standing][0]

    @property
    def icon(self) -> str:
        return LOOKS[self.standing][1]

    @property
    def is_asked(self) -> bool:
        """Whether an answer can still be given."""
        return self.standing in {Standing.YES, Standing.WAITING, Standing.SILENT}

    @property
    def words(self) -> str:
        """One sentence, without who."""
        if self.dispute:
            return _of_dispute(self.dispute, self.standing)
        if self.answer:
            return _of_answer(self.answer, RIGHT)
        return _("No answer within 48 h") if self.standing == Standing.SILENT else _("Not answered yet")

    @property
    def words_to_patient(self) -> str:
        """The same to the patient's own face."""
        if self.dispute and self.standing == Standing.DISPUTED:
            facts = {"number": self.dispute.number, "day": day(self.dispute.due_on)}
            return _("You said: not right. Case %(number)s, to be decided by %(day)s") % facts
        if self.answer and not self.dispute:
            return _of_answer(self.answer, RIGHT_TO_PATIENT)
        return self.words


@act
def answer(
    visit: Visit,
    *,
    says: Answer.Says,
    via: Answer.Via,
    clinic: Clinic,
    at: datetime,
    by: Staff | None,
    key: uuid.UUID,
    initials: str = "",
    signature: str = "",
    words: str = "",
) -> Answer:
    """Keep what who attended says of the session that the visit took. "Not right" opens a dispute.

    The same key twice, and the same answer again, is the one answer. Refuses as open_dispute does, and on the screen
    without initials or signature.
    """
    visit = locked(visit)
    if done := Answer.objects.filter(key=key).first():
        return done
    entry = disputable(visit)
    if via == Via.SCREEN and not (initials.strip() or signature):
        raise NotSigned
    last = Answer.objects.filter(entry=entry).order_by("-answered_at", "-pk").first()
    if last and last.says == says:
        return last
    given = Answer.objects.create(
        visit=visit,
        entry=entry,
        says=says,
        via=via,
        initials=initials.strip(),
        signature=signature,
        words=words.strip(),
        by=by,
        key=key,
    )
    audit.record("answer_visit", visit, by=by, after={"says": says, "via": via, "line": entry.number})
    if says == Says.NO:
        open_dispute(
            visit,
            clinic=clinic,
            at=at,
            by=by,
            key=part(key, "dispute"),
            via=Dispute.Via(via),
            words=words,
            answer=given,
        )
    return given


def answers_of(entries: Iterable[Entry], *, at: datetime) -> dict[uuid.UUID, Answered]:
    """For each of these lines that took a session, how it stood with the patient at that moment. Two statements.

    A line that was taken back and never answered is left out: nothing is asked of it any more.
    """
    lines = [entry for entry in entries if entry.recorded_at <= at]
    undone = {entry.reverses_id for entry in lines if entry.kind == Kind.REVERSED}
    taken = [e for e in lines if e.kind in DEDUCTIONS | {Kind.SET_ASIDE} and e.sessions]
    if not taken:
        return {}
    answers = _last_answers(taken, at)
    disputes = _disputes(taken, at)
    return {
        entry.pk: _standing(entry, answers.get(entry.pk), dispute, at)
        for entry in taken
        if (dispute := disputes.get(entry.pk)) or entry.pk not in undone or entry.pk in answers
    }


def _last_answers(taken: list[Entry], at: datetime) -> dict[uuid.UUID, Answer]:
    found = Answer.objects.filter(entry__in=taken, answered_at__lte=at).order_by("answered_at", "pk")
    return {each.entry_id: each for each in found.defer("signature")}


def _disputes(taken: list[Entry], at: datetime) -> dict[uuid.UUID, Dispute]:
    """By each line that a dispute is about: what was disputed, what set it aside, what was taken after all."""
    visits = {entry.visit_id for entry in taken}
    found = Dispute.objects.filter(visit__in=visits, opened_at__lte=at).select_related("aside")
    by_line: dict[uuid.UUID, Dispute] = {}
    by_turn = {(entry.visit_id, entry.turn): entry.pk for entry in taken}
    for dispute in found.order_by("opened_at"):
        by_line[dispute.entry_id] = by_line[dispute.aside_id] = dispute
        assert dispute.aside.turn is not None
        outcome = by_turn.get((dispute.visit_id, dispute.aside.turn + 2))
        if outcome and dispute.decision in TOOK_AFTER_ALL:
            by_line.setdefault(outcome, dispute)
    return by_line


def _standing(entry: Entry, given: Answer | None, dispute: Dispute | None, at: datetime) -> Answered:
    if dispute:
        is_decided = dispute.decided_at is not None and dispute.decided_at <= at
        return Answered(Standing.DECIDED if is_decided else Standing.DISPUTED, given, dispute)
    if given:
        return Answered(Standing.YES, given)
    return Answered(Standing.SILENT if entry.recorded_at + SILENCE <= at else Standing.WAITING)


def _of_answer(given: Answer, words: dict[str, str | Promise]) -> str:
    facts = {"day": day(given.answered_at), "initials": given.initials}
    how = "" if given.via == Via.LINK else "initials" if given.initials else "signed"
    return str(words[how]) % facts


def _of_dispute(dispute: Dispute, standing: Standing) -> str:
    facts = {"number": dispute.number, "day": day(dispute.due_on)}
    if standing == Standing.DISPUTED:
        return _("Patient: not right. Case %(number)s, to be decided by %(day)s") % facts
    facts |= {"day": day(dispute.decided_at), "decision": dispute.get_decision_display()}
    return _("Case %(number)s, decided %(day)s: %(decision)s") % facts
