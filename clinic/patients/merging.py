"""Two records of one patient become one: what is known of the person, and what the clinic's own tables say (S17).

The whole act is desk.merging.merge_patients; here is the part of it that is the patient's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import OperationalError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from psycopg.errors import LockNotAvailable

from clinic import audit
from clinic.messages import consent
from clinic.models import AuditEvent, Consent, Message, Patient, PatientLink, Relation, Reply, Staff
from clinic.refusals import Refused
from clinic.ui.words import day

from .services import index

KNOWN = ("name", "phones", "email", "birth_date", "language", "may_message", "may_message_since", "notes")
ONE_DAY = timedelta(days=1)


class SameRecord(Refused):
    def __init__(self) -> None:
        super().__init__(_("This is one and the same record. Choose the other one."))


class MergedBefore(Refused):
    """One of the two was merged earlier; nothing hangs on it any more."""

    def __init__(self, patient: Patient) -> None:
        self.patient = patient
        super().__init__(
            _("The record of %(name)s, number %(number)s, was merged before.")
            % {"name": patient.name, "number": patient.number}
        )


class NoSuchRecord(Refused):
    """One of the two is not a record of this clinic."""

    def __init__(self) -> None:
        super().__init__(_("There is no such record in this clinic."))


class BeingWritten(Refused):
    """Somebody else writes for the record at this moment."""

    def __init__(self, patient: Patient) -> None:
        super().__init__(
            _("Somebody is entering something for %(name)s at this moment. Try again in a few seconds.")
            % {"name": patient.name}
        )


def read_pair(kept: Patient, gone: Patient) -> tuple[Patient, Patient]:
    """Both records as they are now. Refuses one that is not here, one that was merged, and twice the same."""
    if kept.pk == gone.pk:
        raise SameRecord
    found = {patient.pk: patient for patient in Patient.objects.filter(pk__in=[kept.pk, gone.pk])}
    if len(found) < 2:
        raise NoSuchRecord
    for patient in found.values():
        if patient.merged_into_id:
            raise MergedBefore(patient)
    return found[kept.pk], found[gone.pk]


def close(gone: Patient) -> None:
    """Nobody can write for the record from here on until the merge is done; then they write for the kept one.

    Not waited for: who is writing now may wait for what the merge holds. The payers are locked before.
    """
    try:
        Patient.objects.select_for_update(nowait=True).get(pk=gone.pk)
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise BeingWritten(gone) from error
        raise


def merge_records(
    kept: Patient, gone: Patient, *, country: str, on: date, by: Staff | None
) -> dict[str, list[str]]:
    """Point the one record at the other, and let facts, links, messages and relations follow; says what moved.

    Both are locked. The old record keeps its name and number, and its search terms, which lead to the kept one.
    """
    Patient.objects.filter(pk=gone.pk).update(merged_into=kept)
    Patient.objects.filter(merged_into=gone).update(merged_into=kept)  # one step is always enough
    _take_over(kept, joined(kept, gone), country=country, by=by)
    return {
        "links": follow(PatientLink.objects.filter(patient=gone), kept),
        "messages": follow(Message.objects.filter(patient=gone), kept),
        "replies": follow(Reply.objects.filter(patient=gone), kept),
        "relations": _move_relations(kept, gone, on),
    }


def follow(rows: QuerySet[Any], kept: Patient) -> list[str]:
    """Rows of the merged record become the kept one's; their ids. The database lets them go nowhere else."""
    moved = [str(pk) for pk in rows.order_by("pk").values_list("pk", flat=True)]
    if moved:
        rows.update(patient=kept)
    return moved


def joined(kept: Patient, gone: Patient) -> dict[str, Any]:
    """What is known of the person afterwards: nothing is lost. What has room for one only goes to the notes."""
    facts: dict[str, Any] = {
        "phones": list(dict.fromkeys([*kept.phones, *gone.phones])),
        "email": kept.email or gone.email,
        "birth_date": kept.birth_date or gone.birth_date,
        "notes": "\n".join(_once([kept.notes, gone.notes, *_second(kept, gone)])),
    }
    if _last_word(gone) > _last_word(kept):
        facts |= {"may_message": gone.may_message, "may_message_since": gone.may_message_since}
    return facts


def _second(kept: Patient, gone: Patient) -> Iterable[str]:
    """What both say differently."""
    if gone.email and kept.email and gone.email.lower() != kept.email.lower():
        yield _("Other e-mail: %(email)s") % {"email": gone.email}
    if gone.birth_date and kept.birth_date and gone.birth_date != kept.birth_date:
        yield _("Other date of birth: %(day)s") % {"day": day(gone.birth_date)}


def _once(texts: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(text.strip() for text in texts if text.strip()))


def _last_word(patient: Patient) -> float:
    """When the patient last agreed to messages or took it back, on this record; 0 where nobody ever asked."""
    if patient.may_message:
        return patient.may_message_since.timestamp() if patient.may_message_since else 1
    taken_back = AuditEvent.objects.filter(
        act="change_patient", subject_id=patient.pk, after__may_message=False
    ).order_by("-at")
    last = taken_back.values_list("at", flat=True).first()
    return last.timestamp() if last else 0


def _take_over(kept: Patient, facts: dict[str, Any], *, country: str, by: Staff | None) -> None:
    changed = {name: value for name, value in facts.items() if getattr(kept, name) != value}
    before = {name: getattr(kept, name) for name in changed}
    for name, value in changed.items():
        setattr(kept, name, value)
    if changed:
        kept.save(update_fields=list(changed))
        audit.record("change_patient", kept, by=by, before=before, after=changed)
    if "may_message" in changed:
        at = kept.may_message_since or timezone.now()
        consent.write_down(kept, source=Consent.Source.MERGED, at=at, by=by)
    index(kept, country)


def _move_relations(kept: Patient, gone: Patient, on: date) -> list[str]:
    """Who was named by the one or on the one's packs, is so with the other. Between the two it simply ends."""
    moved = []
    for mine, theirs in (("owner", "person"), ("person", "owner")):
        there = {getattr(r, f"{theirs}_id"): r for r in Relation.objects.filter(**{mine: kept})}
        for relation in Relation.objects.filter(**{mine: gone}).order_by("pk"):
            other: UUID = getattr(relation, f"{theirs}_id")
            if other == kept.pk:
                _end(relation, on)
            elif other in there:
                _widen(there[other], relation)
                _end(relation, on)
            else:
                Relation.objects.filter(pk=relation.pk).update(**{mine: kept})
                moved.append(str(relation.pk))
    return moved


def _end(relation: Relation, on: date) -> None:
    """It holds no longer. The row stays as the old record's; it is never deleted."""
    last = on - ONE_DAY
    if relation.until is None or relation.until > last:
        Relation.objects.filter(pk=relation.pk).update(until=last)


def _widen(into: Relation, other: Relation) -> None:
    """One period of two that touch; of two apart the later one, because a row holds one."""
    first, second = sorted((into, other), key=lambda each: each.since)
    apart = first.until is not None and first.until + ONE_DAY < second.since
    since = second.since if apart else first.since
    ends = [second.until] if apart else [first.until, second.until]
    until = None if None in ends else max(end for end in ends if end)
    Relation.objects.filter(pk=into.pk).update(since=since, until=until, kind=into.kind or other.kind)
