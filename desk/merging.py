"""Two records of one patient become one, over all apps, in one transaction that can be read later (S17)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _

from billing import merging as billing
from billing import payments as money
from clinic import access, audit
from clinic.acts import act
from clinic.keys import hold
from clinic.models import AuditEvent, Clinic, Patient, Staff
from clinic.patients import merging as patients
from clinic.refusals import Refused
from packages import merging as packages
from visits import merging as visits

# Every column that names a patient, and what a merge does with it. A test holds this against the model graph.
FOLLOWS = frozenset(
    {
        "clinic.patientlink.patient",
        "clinic.message.patient",
        "clinic.reply.patient",
        "clinic.relation.owner",
        "clinic.relation.person",
        "packages.membership.patient",
        "packages.package.patient",
        "visits.visit.patient",
        "billing.bill.patient",
        "billing.payment.patient",
        "billing.paymentlink.patient",
        "billing.statement.patient",
    }
)
STAYS = {
    "clinic.patient.merged_into": "it is the merge; what pointed at the old record points at the kept one",
    "clinic.searchterm.patient": "the old name and number still find, and lead to the kept record",
    "billing.claimfacts.patient": "what insurers ask is read from both, the one written last",
    "clinic.consent.patient": "what was said about the old record; a line of its own says what holds for the kept one",
    "packages.entry.beneficiary": "the passbook only grows; who reads it follows merged_into",
}


class ReasonMissing(Refused):
    def __init__(self) -> None:
        super().__init__(_("Write how you know that both are one person. It stays with the record."))


@dataclass(frozen=True)
class Merged:
    """A merge as it was written down. `moved` are the ids of what came from the old record."""

    event: AuditEvent

    @property
    def before(self) -> dict[str, Any]:
        return self.event.before or {}

    @property
    def after(self) -> dict[str, Any]:
        return self.event.after or {}

    @property
    def moved(self) -> dict[str, list[str]]:
        moved: dict[str, list[str]] = self.after["moved"]
        return moved


@act
def merge_patients(
    kept: Patient,
    gone: Patient,
    *,
    clinic: Clinic,
    at: datetime,
    by: Staff | None,
    key: uuid.UUID,
    reason: str,
) -> Merged:
    """Everything of the record `gone` becomes the record's `kept`; no count and no total changes.

    The same key twice is the same merge. It cannot be taken back: the old record stays and names the kept one.
    Refuses the same record twice, one that was merged before, another clinic's, and a missing reason.
    """
    access.require(by, "merge_patients")
    hold(key)
    if done := _merged_before(gone, key):
        return done
    if not reason.strip():
        raise ReasonMissing
    money.hold_payer(kept.pk, gone.pk)
    kept, gone = patients.read_pair(kept, gone)
    visits.hold(gone)
    packages.hold(gone)
    patients.close(gone)
    before = {"kept": _known(kept), "gone": _known(gone)}
    moved = patients.merge_records(kept, gone, country=clinic.country, on=clinic.day_of(at), by=by)
    for app in (packages, visits, billing):
        moved |= app.merge(gone, kept)
    after = {
        "into": str(kept.pk),
        "kept": _known(kept),
        "moved": moved,
        "reason": reason.strip(),
        "key": str(key),
    }
    return Merged(audit.record("merge_patients", gone, by=by, before=before, after=after))


def merges_into(kept: Patient) -> list[Merged]:
    """What was merged into this record, and into those that were, the latest first."""
    gone = Patient.objects.filter(merged_into=kept).values("pk")
    events = AuditEvent.objects.filter(act="merge_patients", subject_id__in=gone).select_related("by")
    return [Merged(event) for event in events.order_by("-at")]


def with_merges(patients: QuerySet[Patient]) -> QuerySet[Patient]:
    """Each with `merges`, the latest first: name and number of what went in, when and who. They ride along because
    the patient's file counts its statements."""
    gone = Patient.objects.filter(merged_into=OuterRef(OuterRef("pk"))).values("pk")
    events = AuditEvent.objects.filter(act="merge_patients", subject_id__in=gone).order_by("-at")
    facts = JSONObject(name="before__gone__name", number="before__gone__number", at="at", who="by__name")
    return patients.annotate(merges=ArraySubquery(events.values(facts=facts)))


def _merged_before(gone: Patient, key: uuid.UUID) -> Merged | None:
    events: Iterable[AuditEvent] = AuditEvent.objects.filter(act="merge_patients", subject_id=gone.pk)
    return next((Merged(event) for event in events if event.after and event.after["key"] == str(key)), None)


def _known(patient: Patient) -> dict[str, Any]:
    """What is known of a patient, as plain values."""
    facts = {name: getattr(patient, name) for name in ("number", *patients.KNOWN)}
    plain = (int, str, list, type(None))
    return {name: value if isinstance(value, plain) else value.isoformat() for name, value in facts.items()}
