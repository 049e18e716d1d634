"""How each line of a passbook stands with the patient, for any page that shows lines."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django import template
from django.utils import timezone

from packages.models import Entry

from .. import answers

register = template.Library()


@register.simple_tag
def answers_to(lines: Iterable[Any], at: datetime | None = None) -> dict[UUID, answers.Answered]:
    """visits.answers.answers_of these lines, which are entries or have one; as known at that moment, or now."""
    entries = [line if isinstance(line, Entry) else getattr(line, "entry", None) for line in lines]
    return answers.answers_of([entry for entry in entries if entry is not None], at=at or timezone.now())


@register.filter
def to_line(found: dict[UUID, answers.Answered], entry: Entry | None) -> answers.Answered | None:
    """The one of this line."""
    return found.get(entry.pk) if entry is not None and found else None
