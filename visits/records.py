"""A visit that is locked, and what is written when it changes; shared by the services beside this module."""

from __future__ import annotations

from django.utils.translation import gettext as _

from clinic import audit
from clinic.models import Clinic, Staff
from clinic.refusals import Refused
from clinic.ui.words import day
from packages.eligibility import ONE, Wanted
from packages.models import Kind

from .models import Dispute, Visit


class NotOpen(Refused):
    """The visit is in a state from which this cannot be done."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        super().__init__(_("This visit is %(state)s. Open it first.") % {"state": visit.get_state_display()})


class InDispute(Refused):
    """The session is set aside until its dispute is decided; nothing else gives it back or takes it."""

    def __init__(self, dispute: Dispute) -> None:
        self.dispute = dispute
        facts = {"number": dispute.number, "day": day(dispute.due_on)}
        super().__init__(_("This session is in dispute: case %(number)s, to be decided by %(day)s.") % facts)


def undisputed(visit: Visit) -> Visit:
    """The locked visit, where nobody has to decide about its session first."""
    is_aside = visit.entry is not None and visit.entry.kind == Kind.SET_ASIDE
    if is_aside and (dispute := Dispute.objects.filter(aside=visit.entry_id, decision="").first()):
        raise InDispute(dispute)
    return visit


def locked(visit: Visit) -> Visit:
    """The visit as it is now with what belongs to it, locked until the transaction ends."""
    whole = Visit.objects.select_related(
        "patient",
        "service",
        "therapist",
        "branch",
        "completed_by",
        "package",
        "entry__package",
        "entry__line",
    )
    rows = whole.select_for_update(of=("self",), no_key=True).filter(pk=visit.pk)
    # A visit whose patient was merged while we waited is not found beside the old patient; it is the next time.
    visit = rows.first() or rows.get()
    # If somebody changed it while we waited, PostgreSQL gives the new row beside the old joins: nobody beside
    # the new completed_by. It is ours now, so reading it again gives all as it is.
    joined = ("therapist", "completed_by", "package", "entry")
    if any(getattr(visit, f"{name}_id") and getattr(visit, name) is None for name in joined):
        return whole.get(pk=visit.pk)
    return visit


def wanted_of(visit: Visit, clinic: Clinic) -> Wanted:
    """What a package must cover for this visit."""
    return Wanted(
        visit.patient,
        visit.service,
        clinic.day_of(visit.starts_at),
        ONE,
        visit.therapist_id,
        visit.branch_id,
    )


def change(visit: Visit, verb: str, by: Staff | None, **changes: object) -> Visit:
    """Write these fields and the audit line of the verb."""
    before = {name: getattr(visit, name) for name in changes}
    for name, value in changes.items():
        setattr(visit, name, value)
    visit.save(update_fields=list(changes))
    audit.record(verb, visit, by=by, before=_named(before), after=_named(changes))
    return visit


def _named(facts: dict[str, object]) -> dict[str, object]:
    return {name: getattr(value, "pk", value) for name, value in facts.items() if value not in (None, "")}
