"""The frozen copy of all that a bill prints. HTML and PDF are made from it and from nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from clinic.models import Clinic, ClinicSettings, Patient, Staff
from clinic.money import in_words, quantise
from packages.models import Entry, Package
from visits.models import Visit

from .instalment_paper import frozen_instalments
from .models import Bill, BillLine, LineKind, Payment
from .profile_words import frozen_profile
from .sale_terms import frozen_terms

ZERO = Decimal(0)


def freeze(
    bill: Bill,
    lines: Sequence[BillLine],
    *,
    settings: ClinicSettings,
    clinic: Clinic,
    visit: Visit | None,
    package: Package | None,
    entry: Entry | None,
    payments: Sequence[Payment],
) -> dict[str, Any]:
    """Everything printed but the number and the date, which the database gives when the bill is inserted."""
    paid = sum((payment.amount for payment in payments), ZERO)
    total = quantise(bill.total, clinic.currency)
    due = max(total - quantise(paid, clinic.currency), ZERO)
    return {
        "kind": bill.kind,
        "currency": clinic.currency,
        "country": clinic.country,
        "time_zone": clinic.time_zone,
        "slug": clinic.slug,
        "clinic": _letterhead(settings, clinic, bill),
        "profile": frozen_profile(
            bill, lines, settings=settings, clinic=clinic, therapist=visit.therapist if visit else None
        ),
        "patient": _patient(bill.patient),
        "therapist": _therapist(visit.therapist) if visit else None,
        "visit": _visit(visit, clinic) if visit else None,
        "lines": [_line(line, clinic) for line in lines],
        "total": str(total),
        "tax": str(quantise(sum((line.tax for line in lines), ZERO), clinic.currency)),
        "words": {code: in_words(abs(total), clinic.currency, code) for code in ("en", "hi")},
        "payments": [_payment(payment, clinic.currency) for payment in payments],
        "paid": str(quantise(paid, clinic.currency)),
        "due": str(due),
        "package": _package(package, entry, bill) if package else None,
        "terms": frozen_terms(bill.kind, lines, package, clinic),
        "instalments": frozen_instalments(lines, clinic.currency),
        "upi": {"id": settings.upi_id, "name": settings.legal_name or clinic.name}
        if settings.upi_id and due
        else None,
        "corrects": bill.corrects.name if bill.corrects else None,
        "in_part": bill.corrects is not None and bill.corrects.total + bill.total > 0,
        "reason": bill.reason
        or (visit.reason if visit and visit.settlement == Visit.Settlement.FREE else ""),
        "by": bill.by.name if bill.by else "",
    }


def _letterhead(settings: ClinicSettings, clinic: Clinic, bill: Bill) -> dict[str, str]:
    return {
        "name": settings.legal_name or clinic.name,
        "address": bill.branch.address or settings.address,
        "phone": settings.phone,
        "email": settings.email,
        "registration": settings.registration,
        "tax_number": settings.tax_number,
        "footer": settings.bill_footer,
    }


def _patient(patient: Patient) -> dict[str, Any]:
    return {
        "name": patient.name,
        "number": patient.number,
        "phone": patient.phone,
        "language": patient.language,
    }


def _therapist(therapist: Staff | None) -> dict[str, str] | None:
    return {"name": therapist.name, "registration": therapist.registration} if therapist else None


def _visit(visit: Visit, clinic: Clinic) -> dict[str, Any]:
    return {
        "service": visit.service.name,
        "starts_at": clinic.local(visit.starts_at).isoformat(timespec="minutes"),
        "minutes": visit.minutes,
    }


def _line(line: BillLine, clinic: Clinic) -> dict[str, Any]:
    currency = clinic.currency
    absence = line.visit if line.kind == LineKind.FEE else None
    return {
        "kind": line.kind,
        "text": line.text,
        "code": _code(line),
        "quantity": str(line.quantity),
        "unit_price": str(quantise(line.unit_price, currency)),
        "discount": str(quantise(line.discount, currency)),
        "discount_reason": line.discount_reason,
        "tax_is_added": line.tax_is_added,
        "tax_percent": str(line.tax_percent),
        "tax": str(quantise(line.tax, currency)),
        "amount": str(quantise(line.amount, currency)),
        "absence": {**_visit(absence, clinic), "state": absence.state} if absence else None,
    }


def _code(line: BillLine) -> str:
    """SAC, HSN, item or CPT code of what is charged."""
    of = line.good or line.service
    return of.code if of else ""


def _payment(payment: Payment, currency: str) -> dict[str, str]:
    return {
        "method": payment.method,
        "reference": payment.reference,
        "amount": str(quantise(payment.amount, currency)),
        "received_on": payment.received_on.isoformat(),
    }


def _package(package: Package, entry: Entry | None, bill: Bill) -> dict[str, Any]:
    """The box that settles arguments: sold, used, left, valid to, and which session this visit was."""
    left = entry.balance_after if entry else package.sessions_left
    used = entry.used_after if entry else package.sessions_used
    return {
        "number": package.number,
        "name": package.name,
        "line": entry.number if entry else package.entries_count,
        "owner": "" if package.patient_id == bill.patient_id else package.patient.name,
        "sold": str(package.sessions_sold),
        "used": str(used),
        "left": str(left),
        "valid_from": package.valid_from.isoformat(),
        "valid_until": package.valid_until.isoformat() if package.valid_until else None,
        "session": str(used) if entry else None,
        "taken": str(entry.taken) if entry else None,
        "terms": {
            "activation": package.activation,
            "sharing": package.sharing,
            "validity_count": package.validity_count,
            "validity_unit": package.validity_unit,
        },
    }
