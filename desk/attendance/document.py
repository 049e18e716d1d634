"""The frozen copy of all that a statement prints. HTML and PDF are made from it and from nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy

from billing.models import StatementKind
from billing.sale_terms import LANGUAGES
from clinic.countries import kept
from clinic.countries.fields import Field
from clinic.countries.units import units_of
from clinic.models import Branch, Clinic, ClinicSettings, Patient
from clinic.money import in_words, quantise
from packages.models import Package
from visits.models import Visit

from .payments import payments_of
from .reading import Attendance, Row, branch_of
from .shares import Part, Way
from .titles import counts_units, in_both, title_of

ZERO = Decimal(0)


def freeze(
    attendance: Attendance, *, kind: StatementKind, clinic: Clinic, claim: Sequence[tuple[Field, str]]
) -> dict[str, Any]:
    """Everything printed but the number, the date and who issued it. `claim` are the facts that insurers ask for."""
    scope = attendance.scope
    totals = _totals(attendance, clinic.currency)
    profile = clinic.profile
    return {
        "kind": kind,
        "title": title_of(kind, profile),
        "code": in_both(profile.code.label) if profile.code else in_both(gettext_lazy("Code")),
        "has_units": kind == StatementKind.SUPERBILL and counts_units(profile),
        "locale": profile.locale,
        "currency": clinic.currency,
        "country": clinic.country,
        "time_zone": clinic.time_zone,
        "clinic": _letterhead(ClinicSettings.objects.get(), clinic, branch_of(attendance)),
        "patient": _patient(scope.patient),
        "claim": _numbers(claim),
        "package": _package(scope.package, clinic.currency) if scope.package else None,
        "days": [scope.first_day.isoformat(), scope.last_day.isoformat()]
        if scope.first_day and scope.last_day
        else None,
        "rows": [_row(row, clinic) for row in attendance.rows],
        "therapists": _therapists(attendance.rows, clinic),
        "others": _sum([row.part for row in attendance.of_others if row.part], clinic.currency),
        "rest": {way: _sum(parts, clinic.currency) for way, parts in _by_way(attendance.rest).items()},
        "totals": totals,
        "payments": payments_of(scope, clinic.currency),
        "words": {code: in_words(Decimal(totals["all"]), clinic.currency, code) for code in LANGUAGES}
        if profile.in_words
        else None,
    }


def _letterhead(settings: ClinicSettings, clinic: Clinic, branch: Branch) -> dict[str, Any]:
    return {
        "name": settings.legal_name or clinic.name,
        "address": branch.address or settings.address,
        "phone": settings.phone,
        "email": settings.email,
        "numbers": _numbers(kept.registrations(clinic.profile, settings, branch)),
        "footer": settings.bill_footer,
    }


def _numbers(facts: Iterable[tuple[Field, str]]) -> list[dict[str, Any]]:
    """Facts with their labels as they are now, in both languages."""
    return [
        {"name": field.name, "label": in_both(field.on_paper or field.label), "value": value}
        for field, value in facts
        if field.is_printed
    ]


def _patient(patient: Patient) -> dict[str, Any]:
    return {
        "name": patient.name,
        "number": patient.number,
        "birth_date": patient.birth_date.isoformat() if patient.birth_date else None,
        "language": patient.language,
    }


def _package(package: Package, currency: str) -> dict[str, Any]:
    asked = package.asked_price
    return {
        "number": package.number,
        "name": package.name,
        "sold_on": package.sold_on.isoformat(),
        "valid_until": package.valid_until.isoformat() if package.valid_until else None,
        "sessions": str(package.sessions_sold),
        "bonus": str(package.sessions_sold - package.paid_sessions),
        "list_price": str(quantise(package.list_price, currency)),
        "discount": str(quantise(max(package.list_price - asked, ZERO), currency)),
        "moved_in": str(quantise(package.moved_in, currency)),
        "price": str(quantise(package.price, currency)),
    }


def _row(row: Row, clinic: Clinic) -> dict[str, Any]:
    visit, service = row.visit, row.visit.service
    entry = row.part.entry if row.part else None
    minutes = (entry.minutes if entry else None) or visit.minutes
    return {
        "visit": str(visit.pk),
        "entry": str(entry.pk) if entry else None,
        "starts_at": clinic.local(visit.starts_at).isoformat(timespec="minutes"),
        "minutes": minutes,
        "service": service.name,
        "code": service.code,
        "modifiers": service.codes.get("modifiers", ""),
        "units": units_of(minutes) if service.codes.get("timed") else 1,
        "therapist": row.therapist.name if row.therapist else "",
        "state": visit.state,
        "note": _note(row),
        "package": row.package.number if row.package else None,
        "sessions": str(row.sessions),
        "count": str(row.count) if row.count is not None else None,
        "of": str(row.package.sessions_sold) if row.package else None,
        "value": str(quantise(row.value, clinic.currency)),
        "charge": str(quantise(row.charge, clinic.currency)),
    }


def _note(row: Row) -> str:
    if row.is_disputed:
        return "disputed"
    settlement = row.visit.settlement
    return settlement if settlement in {Visit.Settlement.FREE, Visit.Settlement.BEFORE} else ""


def _therapists(rows: Sequence[Row], clinic: Clinic) -> list[dict[str, Any]]:
    """Who treated, once each, with the numbers that the country asks for."""
    seen = [(row.therapist, row.visit.branch) for row in rows if row.is_attended]
    treated = {staff.pk: (staff, branch) for staff, branch in seen if staff}
    return [
        {
            "name": staff.name,
            "numbers": _numbers(
                (field, value)
                for field in clinic.profile.staff
                if (value := kept.fact(staff, field, branch=branch))
            ),
        }
        for staff, branch in treated.values()
    ]


def _totals(attendance: Attendance, currency: str) -> dict[str, str]:
    attended = attendance.attended
    sums = {
        "attended": sum((row.value for row in attended), ZERO),
        "beside": sum((row.charge for row in attended if row.package), ZERO),
        "singly": sum((row.charge for row in attended if not row.package), ZERO),
        "absent": sum((row.value for row in attendance.absences), ZERO),
        "fees": sum((row.charge for row in attendance.absences), ZERO),
    }
    sums["all"] = sums["attended"] + sums["beside"] + sums["singly"]
    counts = {
        "attended_sessions": sum((row.sessions for row in attended), ZERO),
        "absent_sessions": sum((row.sessions for row in attendance.absences), ZERO),
    }
    return {name: str(quantise(amount, currency)) for name, amount in sums.items()} | {
        name: str(count) for name, count in counts.items()
    }


def _by_way(parts: Iterable[Part]) -> dict[Way, list[Part]]:
    found: dict[Way, list[Part]] = {}
    for part in parts:
        found.setdefault(part.way, []).append(part)
    return found


def _sum(parts: Sequence[Part], currency: str) -> dict[str, str]:
    value = sum((part.value for part in parts), ZERO)
    return {
        "sessions": str(sum((part.sessions for part in parts), ZERO)),
        "value": str(quantise(value, currency)),
    }
