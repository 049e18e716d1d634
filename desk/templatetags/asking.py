"""The question about a session, for any page that shows a completed visit."""

from __future__ import annotations

from dataclasses import dataclass

from django import template
from django.utils import timezone

from visits.answers import Answered, answers_of
from visits.models import Visit

from ..answer_forms import ScreenAnswerForm

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
