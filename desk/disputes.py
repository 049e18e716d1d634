"""Deciding a dispute at the counter: the session, the bill that answers it, and the word to the patient, as one act."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext as _

from billing import payments as money
from clinic.acts import act
from clinic.keys import hold, part
from clinic.messages import outbox
from clinic.messages.outbox import Occasion
from clinic.models import Clinic, Message, Staff
from clinic.ui.words import day, session_count
from visits import disputes
from visits.models import Dispute, Visit

from . import checkout
from .letter_kinds import DISPUTE

Decision = Dispute.Decision


@act
def decide(
    dispute: Dispute,
    *,
    decision: Dispute.Decision,
    reason: str,
    clinic: Clinic,
    at: datetime,
    by: Staff,
    key: uuid.UUID,
) -> Dispute:
    """Decide a dispute: it stands, it is given back, or half of it. The reason is printed and told to the patient.

    What a completed visit gives back is answered on its bill. The same key twice is the same decision. Refuses what
    visits.disputes.decide refuses, and half of it where the package covers no visit of that day any more.
    """
    hold(key)
    if done := Dispute.objects.filter(decision_key=key).first():
        return done
    # The payer before the visit, as reopening does.
    money.hold_payer(Visit.objects.values_list("patient_id", flat=True).get(pk=dispute.visit_id))
    dispute, visit = disputes.decide(dispute, decision=decision, reason=reason, by=by, key=key)
    if decision == Decision.STANDS:
        disputes.uphold(dispute, visit, clinic=clinic, at=at, by=by, key=key)
    elif visit.state == Visit.State.COMPLETED:
        _bill_anew(dispute, visit, clinic=clinic, at=at, by=by, key=key)
    else:
        disputes.settle_absence(dispute, visit, clinic=clinic, at=at, by=by, key=key)
    tell(dispute, clinic=clinic, at=at)
    return dispute


def _bill_anew(
    dispute: Dispute, visit: Visit, *, clinic: Clinic, at: datetime, by: Staff, key: uuid.UUID
) -> None:
    """The completion is taken back with a note on its bill, and settled again: free of charge, or for half."""
    checkout.reopen_visit(visit, clinic=clinic, at=at, by=by, key=part(key, "reopen"), reason=dispute.reason)
    is_half = dispute.decision == Decision.HALF
    checkout.complete_visit(
        visit,
        clinic=clinic,
        at=at,
        by=by,
        key=part(key, "complete"),
        how="" if is_half else Visit.Settlement.FREE,
        package=dispute.entry.package if is_half else None,
        sessions=dispute.entry.taken / 2 if is_half else None,
        reason=dispute.reason,
    )


def tell(dispute: Dispute, *, clinic: Clinic, at: datetime) -> Message | None:
    """Write the decision to who disputed; by hand where no channel reaches them, not at all without their consent."""
    patient = dispute.visit.patient
    if not patient.may_message:
        return None
    with translation.override(patient.language):
        occasion = Occasion(f"dispute:{dispute.pk}", DISPUTE, _fields(dispute, clinic))
    return outbox.post(patient, occasion, clinic=clinic, at=at)


def _fields(dispute: Dispute, clinic: Clinic) -> dict[str, str]:
    """Nothing clinical: the day, the decision and its reason, and the balance that follows from it."""
    on = {"day": day(clinic.day_of(dispute.visit.starts_at))}
    said = {
        Decision.STANDS: _(
            "You told us that the session of %(day)s was not right. We looked into it: it stands."
        ),
        Decision.GIVEN_BACK: _(
            "You told us that the session of %(day)s was not right. We looked into it and gave it back."
        ),
        Decision.HALF: _(
            "You told us that the session of %(day)s was not right. We looked into it and gave half of it back."
        ),
    }[Decision(dispute.decision)]
    package = dispute.entry.package
    package.refresh_from_db(fields=["sessions_left"])
    left = {"left": session_count(package.sessions_left)}
    return on | {
        "number": str(dispute.number),
        "what": said % on,
        "reason": dispute.reason,
        "balance": _("%(left)s left on your package.") % left,
    }
