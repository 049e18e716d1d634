"""Settling an item of a day's list with one press: the visit completed, or the item left as it is."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from django.utils.translation import gettext as _

from clinic import audit
from clinic.acts import act
from clinic.models import Branch, Clinic, Staff
from clinic.refusals import Refused
from clinic.ui.words import session_count
from visits.models import Visit

from . import checkout
from .checkout import Completed
from .day_close import unsettled
from .day_close_items import COMPLETE, Item
from .models import Acceptance


class NotListed(Refused):
    def __init__(self) -> None:
        super().__init__(_("This is not on the list any more: somebody has settled it."))


@act
def settle_item(
    name: str,
    *,
    way: str,
    day: date,
    branch: Branch,
    clinic: Clinic,
    at: datetime,
    by: Staff | None,
    key: uuid.UUID,
) -> str:
    """Settle the item of that name; returns what came of it, as a sentence.

    Refuses an item that is not on the list, or not to be settled in this way (NotListed), and what completing refuses.
    """
    item = next((each for each in unsettled(day, branch, clinic, at=at) if each.name == name), None)
    if item is None or not item.can_be(way):
        raise NotListed
    if way == COMPLETE:
        visit = Visit(pk=item.subject_id)
        return _said(checkout.complete_visit(visit, clinic=clinic, at=at, by=by, key=key))
    leave_item(item, day=day, branch=branch, at=at, by=by, key=key)
    return _("Left as it is: %(patient)s. %(what)s") % {"patient": item.patient.name, "what": item.sentence}


@act
def leave_item(
    item: Item, *, day: date, branch: Branch, at: datetime, by: Staff | None, key: uuid.UUID
) -> Acceptance:
    """Say that somebody has looked at an item and it is meant so: it stands apart, with their name."""
    row = Acceptance.objects.create(
        branch=branch,
        day=day,
        kind=item.kind.value,
        subject_id=item.subject_id,
        by=by,
        at=max(at, item.since or at),  # a bill may be dated moments after the clock of who looked at it
        key=key,
    )
    audit.record("leave_as_it_is", row, by=by, after={"kind": item.kind.value, "subject": item.subject_id})
    return row


def _said(done: Completed) -> str:
    assert done.entry is not None
    return _("%(patient)s: completed, %(left)s left. Receipt %(bill)s.") % {
        "patient": done.visit.patient.name,
        "left": session_count(done.entry.balance_after),
        "bill": done.bill.name,
    }
