"""Everything an explanation needs, in so many queries whatever the number of packages and visits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django.utils import timezone

from billing.models import Bill
from clinic.calendar import day_bounds
from clinic.models import AuditEvent, Clinic, Patient, Relation, Staff
from clinic.patients.duplicates import likely_duplicates
from packages.models import Change, Entry, Kind, Package, PackageLine, Receipt
from visits.models import Dispute, Visit

from .history import PackageHistory
from .known import Known, Merge, Records
from .rewinding import rewound

MOST_PACKAGES, MOST_VISITS = 60, 400
BEFORE_THE_SALE = timedelta(days=61)
RELATED = {
    Entry: ("by", "therapist", "branch", "beneficiary__merged_into", "reverses", "line__service"),
    Change: ("by",),
    Visit: (
        "patient",
        "service",
        "therapist",
        "branch",
        "completed_by",
        "package",
        "entry__package__patient",
    ),
}


def read_package(package: Package, clinic: Clinic, *, as_of: datetime | None) -> Known:
    """What is, or was known at `as_of`, about the packages of this one's owner. Raises DoesNotExist."""
    owner = Package.objects.filter(pk=package.pk).values("patient")
    packages = _packages(Q(patient__in=owner), Q(pk=package.pk))
    asked = next((each for each in packages if each.pk == package.pk), None)
    if asked is None:
        raise Package.DoesNotExist
    return _known(asked.patient, packages, clinic, as_of, asked)


def read_patient(patient: Patient, clinic: Clinic, *, as_of: datetime | None) -> Known:
    """The same about all packages of a patient."""
    return _known(patient, _packages(Q(patient=patient), Q()), clinic, as_of)


def _known(
    patient: Patient,
    packages: list[Package],
    clinic: Clinic,
    as_of: datetime | None,
    asked: Package | None = None,
) -> Known:
    at = as_of or timezone.now()
    entries, changes = _written(Entry, packages, "number"), _written(Change, packages, "recorded_at")
    lookalikes = _lookalikes(patient, clinic, at)
    people = {patient.pk, *_named(packages), *(other.pk for other in lookalikes)}
    visits = _visits(packages, entries, people, at)
    events = _events(patient, visits)
    if as_of:
        records = Records(tuple(_merges(events)), at)
        packages = records.of_the_same(packages, asked)
        visits = _as_known(records.of_the_same(visits, asked), events, entries, at)
    histories = _histories(packages, entries, changes, _transfers(packages, entries), at)
    return Known(
        clinic=clinic,
        at=at,
        is_past=as_of is not None,
        patient=patient,
        histories=tuple(histories),
        visits=tuple(visit for visit in visits if visit.patient not in lookalikes),
        settled_at=_settled_at(visits, events, at),
        relations=tuple(_relations(packages, clinic, at)),
        lookalikes=_with_visits(lookalikes, visits),
        merges=tuple(merge for merge in _merges(events) if merge.at <= at),
        therapists=_therapists(packages),
    )


def _packages(whose: Q, also: Q) -> list[Package]:
    """The newest packages, with lines, relations of the owner and money received riding along."""
    lines = Prefetch("lines", PackageLine.objects.select_related("service").with_lapsed())
    named = Relation.objects.filter(owner=OuterRef("patient_id"))
    facts = JSONObject(person="person_id", since="since", until="until")
    money = Receipt.objects.filter(package=OuterRef("pk")).order_by("recorded_at")
    newest = Package.objects.filter(whose).order_by("-number").values("pk")[:MOST_PACKAGES]
    chosen = Q(pk__in=newest) | also if also else Q(pk__in=newest)
    return list(
        Package.objects.filter(chosen)
        .select_related("patient", "branch")
        .annotate(
            relations=ArraySubquery(named.values(facts=facts)),
            receipts_then=ArraySubquery(money.values(facts=JSONObject(at="recorded_at", amount="amount"))),
        )
        .prefetch_related(lines)
        .order_by("number")
    )


def _written(model: Any, packages: Sequence[Package], order: str) -> list[Any]:
    rows = model.objects.filter(package__in=[package.pk for package in packages])
    return list(rows.select_related(*RELATED[model]).order_by(order, "pk"))


def _named(packages: Iterable[Package]) -> set[UUID]:
    return {UUID(facts["person"]) for package in packages for facts in package.relations}


def _relations(packages: Sequence[Package], clinic: Clinic, at: datetime) -> Iterable[Relation]:
    """Who was named by then, as rows."""
    for facts in packages[0].relations if packages else ():
        since = date.fromisoformat(facts["since"])
        until = facts["until"] and date.fromisoformat(facts["until"])
        if since <= clinic.day_of(at):
            yield Relation(
                owner_id=packages[0].patient_id, person_id=UUID(facts["person"]), since=since, until=until
            )


def _lookalikes(patient: Patient, clinic: Clinic, at: datetime) -> list[Patient]:
    """Records of the same name. The same phone alone is no sign: families share theirs (S57)."""
    found = likely_duplicates(patient.name, (), country=clinic.country, beside=patient)
    return [other for other in found if other.created_at <= at]


def _visits(
    packages: Sequence[Package], entries: Iterable[Entry], people: set[UUID], at: datetime
) -> list[Visit]:
    """Of the patient and whoever may use the packages, and all that are on them; oldest first."""
    ids = [package.pk for package in packages]
    on_them = {entry.visit_id for entry in entries if entry.visit_id}
    chosen = Q(patient__in=people) | Q(pk__in=on_them) | Q(package__in=ids)
    bills = Bill.objects.filter(visit=OuterRef("pk"), completion__isnull=False)
    named = JSONObject(completion="completion", name="name")
    rows = Visit.objects.filter(chosen, starts_at__lte=at).select_related(*RELATED[Visit])
    if packages:
        first = day_bounds(min(package.sold_on for package in packages) - BEFORE_THE_SALE, "UTC")[0]
        rows = rows.filter(Q(starts_at__gte=first) | Q(pk__in=on_them) | Q(package__in=ids))
    dispute = Dispute.objects.filter(visit=OuterRef("pk"), decision="").values("pk")
    told = {"bill_names": ArraySubquery(bills.values(facts=named)), "dispute_id": Subquery(dispute)}
    newest = rows.annotate(**told).order_by("-starts_at")[:MOST_VISITS]
    return sorted(newest, key=lambda visit: (visit.starts_at, visit.pk))


def _events(patient: Patient, visits: Sequence[Visit]) -> list[AuditEvent]:
    """The acts on these visits and the merges into this patient, newest first."""
    gone = Patient.objects.filter(merged_into=patient).values("pk")
    acts = Q(subject_id__in=[visit.pk for visit in visits]) | Q(subject_id__in=gone, act="merge_patients")
    events: QuerySet[AuditEvent] = AuditEvent.objects.filter(acts).order_by("-at", "-pk")
    return list(events)


def _as_known(
    visits: Sequence[Visit], events: Iterable[AuditEvent], entries: Iterable[Entry], at: datetime
) -> list[Visit]:
    """The visits as they were known: later ones left out, later acts taken back."""
    later: dict[UUID, list[AuditEvent]] = {}
    for event in events:
        if event.at > at and event.subject_id:
            later.setdefault(event.subject_id, []).append(event)
    rows = _rows(visits, entries)
    known = [visit for visit in visits if _is_known(visit, entries, at)]
    return [rewound(visit, later.get(visit.pk, ()), rows) for visit in known]


def _rows(visits: Iterable[Visit], entries: Iterable[Entry]) -> Mapping[str, Mapping[Any, Any]]:
    """Rows that a rewound visit may point at, by field."""
    found: dict[str, dict[Any, Any]] = {
        name: {} for name in ("entry", "package", "therapist", "completed_by")
    }
    for visit in visits:
        for name, rows in found.items():
            if (row := getattr(visit, name)) is not None:
                rows[row.pk] = row
    for entry in entries:
        found["entry"].setdefault(entry.pk, entry)
        found["therapist"].setdefault(entry.therapist_id, entry.therapist)
    return found


def _is_known(visit: Visit, entries: Iterable[Entry], at: datetime) -> bool:
    """Booked by then, or on the passbook by then."""
    written = [entry.recorded_at for entry in entries if entry.visit_id == visit.pk]
    return min([visit.created_at, *written]) <= at


def _settled_at(
    visits: Iterable[Visit], events: Iterable[AuditEvent], at: datetime
) -> Mapping[UUID, datetime]:
    """When each visit became what it is."""
    ending = {"complete_visit", "mark_no_show", "cancel_visit"}
    found: dict[UUID, datetime] = {}
    for event in events:  # newest first
        if event.at <= at and event.act in ending and event.subject_id:
            found.setdefault(event.subject_id, event.at)
    return found | {visit.pk: visit.created_at for visit in visits if visit.pk not in found}


def _histories(
    packages: Iterable[Package],
    entries: Sequence[Entry],
    changes: Sequence[Change],
    transfers: tuple[Package, ...],
    at: datetime,
) -> Iterable[PackageHistory]:
    for package in packages:
        yield PackageHistory(
            package,
            tuple(entry for entry in entries if entry.package_id == package.pk),
            tuple(change for change in changes if change.package_id == package.pk),
            tuple(
                (datetime.fromisoformat(each["at"]), Decimal(str(each["amount"])))
                for each in package.receipts_then  # type: ignore[attr-defined]
            ),
            transfers,
        ).until(at)


def _transfers(packages: Sequence[Package], entries: Iterable[Entry]) -> tuple[Package, ...]:
    """The packages on the other side; asked for only where something moved."""
    if not any(entry.kind in {Kind.TRANSFERRED_IN, Kind.TRANSFERRED_OUT} for entry in entries):
        return ()
    came_from = [package.moved_from_id for package in packages if package.moved_from_id]
    sides = Q(moved_from__in=[package.pk for package in packages]) | Q(pk__in=came_from)
    return tuple(Package.objects.filter(sides).select_related("patient"))


def _with_visits(lookalikes: Iterable[Patient], visits: Iterable[Visit]) -> Mapping[Patient, int]:
    counts = {other: sum(1 for visit in visits if visit.patient_id == other.pk) for other in lookalikes}
    return {other: count for other, count in counts.items() if count}


def _merges(events: Iterable[AuditEvent]) -> Iterable[Merge]:
    """Oldest first."""
    for event in reversed(list(events)):
        if event.act != "merge_patients" or event.subject_id is None:
            continue
        gone = (event.before or {}).get("gone", {})
        moved = (event.after or {}).get("moved", {})
        ids = frozenset(pk for rows in moved.values() for pk in rows)
        yield Merge(event.subject_id, gone.get("name", "–"), gone.get("number", 0), event.at, ids)


def _therapists(packages: Iterable[Package]) -> Mapping[UUID, str]:
    tied = {pk for package in packages for pk in package.therapist_ids}
    return dict(Staff.objects.filter(pk__in=tied).values_list("pk", "name")) if tied else {}
