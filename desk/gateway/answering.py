"""What the provider said and the program does not decide is looked at by a person, who writes what was done."""

from __future__ import annotations

from datetime import datetime

from billing.models import GatewayQuestion
from clinic import audit
from clinic.acts import act
from clinic.models import Staff
from packages.ledger import ReasonMissing


@act
def answer_question(
    question: GatewayQuestion, *, answer: str, by: Staff | None, at: datetime
) -> GatewayQuestion:
    """It was looked at. The first answer stands. Refuses an empty one."""
    kept: GatewayQuestion = GatewayQuestion.objects.select_for_update(no_key=True).get(pk=question.pk)
    if kept.answered_at:
        return kept
    if not answer.strip():
        raise ReasonMissing
    kept.answer, kept.answered_at, kept.answered_by = answer.strip()[:300], at, by
    kept.save(update_fields=["answer", "answered_at", "answered_by"])
    audit.record("answer_gateway", kept, by=by, after={"kind": kept.kind, "answer": kept.answer})
    return kept
