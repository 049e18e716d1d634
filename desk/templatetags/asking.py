"""The question about a session, for any page that shows a completed visit; and what waits for the owner."""

from __future__ import annotations

from dataclasses import dataclass

from django import template
from django.utils import timezone

from clinic.access import may
from clinic.models import Staff
from visits.answers import Answered, answers_of
from visits.models import Visit

from ..answer_forms import ScreenAnswerForm
from ..dispute_case import Waiting, waiting_for

register = template.Library()


@dataclass(frozen=True)
class Asked:
    """How the session of a visit stands with the patient, and the form that asks."""

    answered: Answered | None
    form: ScreenAnswerForm


@register.simple_tag
def asking_about(visit: Visit, form: ScreenAnswerForm | None = None) -> Asked:
    """What to ask about the session of a visit whose entry is read. Without a session nothing is `answered`."""
    lines = [visit.entry] if visit.entry else []
    found = answers_of(lines, at=timezone.now())
    return Asked(found.get(visit.entry_id) if visit.entry_id else None, form or ScreenAnswerForm())


@register.simple_tag
def disputes_waiting(staff: Staff) -> Waiting | None:
    """What waits for a decision, for who may decide; nobody else's page asks the database for it."""
    return waiting_for(staff.clinic.today()) if may(staff, "decide_dispute") else None
