"""Who may use a pack beside its owner: named and taken off by the owner's word, from a day on (S22, S23).

People are named by the owner of packs and not pack by pack: whoever is named may use every pack whose terms let
named people use it. The limit is each pack's own.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic import access, audit
from clinic.acts import act
from clinic.models import AuditEvent, Patient, Relation, Staff
from clinic.patients.merging import MergedBefore, NoSuchRecord
from clinic.refusals import Refused
from clinic.ui.words import day

from .ledger import PackageClosed
from .models import Entry, Kind, Package, Sharing
from .models.entries import DEDUCTIONS

ONE_DAY = timedelta(days=1)


class OwnerOnly(Refused):
    """The terms let nobody else use the package."""

    def __init__(self, package: Package) -> None:
        self.package = package
        super().__init__(
            _("By its terms only %(name)s may use package %(number)s. Nobody can be named.")
            % {"name": package.patient.name, "number": package.number}
        )


class OwnerNeedsNoName(Refused):
    def __init__(self, owner: Patient) -> None:
        super().__init__(_("%(name)s owns the package and may use it anyway.") % {"name": owner.name})


class TooManyNamed(Refused):
    """As many are named as the terms allow; `names` are they."""

    def __init__(self, package: Package, names: Iterable[str]) -> None:
        self.package, self.names = package, list(names)
        limit = package.named_limit or 0
        sentence = ngettext(
            "By its terms, %(limit)s person may be named on package %(number)s: %(names)s.",
            "By its terms, %(limit)s people may be named on package %(number)s: %(names)s.",
            limit,
        )
        facts = {"number": package.number, "limit": limit, "names": ", ".join(self.names) or _("nobody yet")}
        super().__init__(f"{sentence % facts} {_('Take somebody off first.') if self.names else ''}".strip())


class BeforeTheSale(Refused):
    def __init__(self, package: Package) -> None:
        super().__init__(
            _("The package is valid from %(day)s. Nobody can use it before.")
            % {"day": day(package.valid_from)}
        )


class UsedSince(Refused):
    """Sessions that were used rightly stay so."""

    def __init__(self, name: str, on: date) -> None:
        self.on = on
        super().__init__(
            _("%(name)s used a session on %(day)s. Choose a later day.") % {"name": name, "day": day(on)}
        )


@act
def name_person(
    package: Package, *, person: Patient, kind: str, on: date, by: Staff | None, key: uuid.UUID
) -> Relation:
    """From this day the person may use the packs of the package's owner, where their terms let named people.

    The same key twice is the same naming, and whoever is named already stays so. Refuses where the terms allow the
    owner only or fewer people, a day before the package, a closed package and a record that was merged.
    """
    access.require(by, "name_person")
    owner, person = _lock_both(package, person)
    package.refresh_from_db()
    relation = Relation.objects.filter(owner=owner, person=person).first()
    if relation and (_done_before("name_person", package, key) or _is_named(relation, on)):
        return relation
    _refuse(package, owner, person, on)
    before = _written(relation) if relation else None
    relation = relation or Relation(owner=owner, person=person, since=on)
    if (relation.until is not None and relation.until + ONE_DAY < on) or relation.since > on:
        relation.since = on
    relation.until, relation.kind = None, kind.strip()[:40] or relation.kind
    relation.save()
    after = {"person": str(person.pk), "name": person.name, **_written(relation), "key": str(key)}
    audit.record("name_person", package, by=by, before=before, after=after)
    return relation


@act
def unname_person(
    package: Package, *, relation: Relation, on: date, by: Staff | None, key: uuid.UUID
) -> Relation:
    """From this day the person may not use the owner's packs any more; what was used before stays.

    The same key twice is the same act. Refuses a day on or before the last session that the person used.
    """
    access.require(by, "name_person")
    _lock_both(package, relation.person)
    relation = Relation.objects.select_related("person").get(pk=relation.pk, owner=package.patient)
    last = on - ONE_DAY
    ended = relation.until is not None and relation.until <= last
    if ended or _done_before("unname_person", package, key):
        return relation
    used = _last_use(relation)
    if used and used >= on:
        raise UsedSince(relation.person.name, used)
    before = _written(relation)
    relation.until = last
    relation.save(update_fields=["until"])
    after = {
        "person": str(relation.person_id),
        "name": relation.person.name,
        **_written(relation),
        "key": str(key),
    }
    audit.record("unname_person", package, by=by, before=before, after=after)
    return relation


def named_by(owner: Patient, on: date) -> QuerySet[Relation]:
    """Who is named on this day or from a later one, in the order of naming."""
    living = Q(until__isnull=True) | Q(until__gte=on)
    named = Relation.objects.filter(living, owner=owner).select_related("person")
    return named.order_by("since", "person__name", "pk")


def shared_packages(owner: Patient, on: date) -> list[Package]:
    """The owner's packages that named people can use, on this day or later."""
    packages = Package.objects.filter(patient=owner, sharing=Sharing.NAMED, sessions_left__gt=0)
    living = packages.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=on))
    return list(living.exclude(state__in=Package.CLOSED).select_related("patient").order_by("number"))


def own_and_shared(person: Patient, on: date) -> tuple[list[Package], list[Package]]:
    """All packages of this person, and those of others that the person is named on and can use on the day; the
    newest first, each with its owner. One set of owners in one statement, so that PostgreSQL goes by the index."""
    named = Relation.objects.filter(Q(until__isnull=True) | Q(until__gte=on), person=person, since__lte=on)
    owners = Patient.objects.filter(pk=person.pk).values("pk").union(named.values("owner"), all=True)
    packages = Package.objects.filter(patient__in=owners).select_related("patient").order_by("-number")
    own = [package for package in packages if package.patient_id == person.pk]
    return own, [package for package in packages if package not in own and _lets_named_use(package, on)]


def _lets_named_use(package: Package, on: date) -> bool:
    usable = package.state not in Package.CLOSED and package.valid_from <= on
    return package.sharing == Sharing.NAMED and usable and not package.has_lapsed_on(on)


def _lock_both(package: Package, person: Patient) -> tuple[Patient, Patient]:
    """The payers' lock, in its order: whoever names at once, or merges one of them, waits here."""
    owner_id = Package.objects.values_list("patient_id", flat=True).get(pk=package.pk)
    rows = Patient.objects.filter(pk__in=[owner_id, person.pk]).order_by("pk").select_for_update(no_key=True)
    held = {patient.pk: patient for patient in rows}
    if person.pk not in held:
        raise NoSuchRecord
    for patient in held.values():
        if patient.merged_into_id:
            raise MergedBefore(patient)
    return held[owner_id], held[person.pk]


def _refuse(package: Package, owner: Patient, person: Patient, on: date) -> None:
    if package.sharing != Sharing.NAMED:
        raise OwnerOnly(package)
    if package.state in Package.CLOSED:
        raise PackageClosed(package)
    if person.pk == owner.pk:
        raise OwnerNeedsNoName(owner)
    if on < package.valid_from:
        raise BeforeTheSale(package)
    others = [relation.person.name for relation in named_by(owner, on) if relation.person_id != person.pk]
    # Whoever is named may use the owner's other packs too, so none of them may come to hold too many.
    for each in ({package.pk: package} | {other.pk: other for other in shared_packages(owner, on)}).values():
        if each.named_limit is not None and len(others) >= each.named_limit:
            raise TooManyNamed(each, others)


def _is_named(relation: Relation, on: date) -> bool:
    return relation.since <= on and relation.until is None


def _last_use(relation: Relation) -> date | None:
    """The last day on which the person used a session of the owner's packs that was not given back."""
    mine = Q(beneficiary=relation.person) | Q(beneficiary__merged_into=relation.person)
    used = Entry.objects.filter(mine, package__patient=relation.owner_id, kind__in=DEDUCTIONS)
    taken_back = Entry.objects.filter(kind=Kind.REVERSED, package__patient=relation.owner_id).values(
        "reverses"
    )
    last = used.exclude(pk__in=taken_back).order_by("-happened_on").values_list("happened_on", flat=True)
    return last.first()


def _done_before(verb: str, package: Package, key: uuid.UUID) -> bool:
    events = AuditEvent.objects.filter(subject_id=package.pk, act=verb, after__key=str(key))
    return events.exists()


def _written(relation: Relation) -> dict[str, Any]:
    return {
        "relation": relation.kind,
        "since": relation.since.isoformat(),
        "until": relation.until.isoformat() if relation.until else None,
    }
