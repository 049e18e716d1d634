"""A bill as it is read: title, figures and sentences in the reader's language, from the frozen copy alone.

Nothing here asks the database or another row: a bill that is printed years later says what it said at first (S07).
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from clinic.ui.words import day, session_count
from visits.models import Visit

from . import upi, verification
from .instalment_paper import printed_instalments
from .models import Bill, BillKind, LineKind, Method
from .money_words import moved
from .package_box import package_box
from .profile_words import profile_context, reading
from .sale_terms import sale_terms

ENGLISH, HINDI = "en-in", "hi"


def language_of(bill: Bill, asked: str = "") -> str:
    """The language that was asked for, else the patient's own at the time of issue; English or Hindi."""
    wanted = asked or bill.document["patient"].get("language", "")
    return HINDI if wanted.lower().startswith("hi") else ENGLISH


def bill_html(
    bill: Bill, *, language: str, at: datetime, template: str = "billing/pdf.html", **more: Any
) -> str:
    """The bill as a page of its own in that language, printed at that moment."""
    with translation.override(reading(bill.document, language)):
        return render_to_string(
            template, {"doc": bill_context(bill, at=at), "language": language[:2], **more}
        )


def sheet(bill: Bill, *, language: str, at: datetime) -> SafeString:
    """The bill alone, in its own language, to stand on a page that may be in another."""
    with translation.override(reading(bill.document, language)):
        return render_to_string("billing/document/bill.html", {"doc": bill_context(bill, at=at)})


def bill_context(bill: Bill, *, at: datetime) -> dict[str, Any]:
    """All that the bill's templates print, in the active language."""
    frozen = bill.document
    lines = [_line(line, frozen) for line in frozen["lines"]]
    columns = _columns(lines)
    return {
        "title": _title(bill.kind, Decimal(frozen["tax"])),
        "kind": bill.kind,
        "name": bill.name,
        "issued_on": bill.issued_on,
        "issued_at": _moment(_local(bill.issued_at, bill)),
        "duplicate": _moment(_local(at, bill)) if is_duplicate(bill, at) else "",
        "clinic": frozen["clinic"],
        "patient": frozen["patient"],
        "therapist": frozen["therapist"],
        "visit": _visit(frozen["visit"]),
        "currency": frozen["currency"],
        "lines": lines,
        "columns": columns,
        "code_column": _code_column(columns),
        "words": frozen["words"][_word_language()],
        "payments": [_payment(payment) for payment in frozen["payments"]],
        "package": package_box(frozen["package"]) if frozen["package"] else None,
        "terms": sale_terms(frozen.get("terms"), _word_language()),
        "instalments": printed_instalments(frozen.get("instalments")),
        "upi": _upi(bill),
        "moved": moved(frozen),
        "why": frozen["reason"],
        "bill_discount": _bill_discount(frozen),
        "check": _check(bill),
        "sentence": _sentence(frozen),
        "reason": frozen["reason"] if frozen["corrects"] else "",
        "by": frozen["by"],
        **_sums(frozen, lines),
        **profile_context(frozen, _word_language()),
    }


def is_duplicate(bill: Bill, at: datetime) -> bool:
    """A print on the clinic's day of issue is the original, a later one a duplicate (docs/decisions/0003)."""
    return _local(at, bill).date() > bill.issued_on


def _title(kind: str, tax: Decimal) -> str:
    if kind == BillKind.BILL and tax:  # of before tax invoices had a series of their own
        return str(BillKind.INVOICE.label)
    return str(BillKind(kind).label)


def _line(line: dict[str, Any], frozen: dict[str, Any]) -> dict[str, Any]:
    figures = {
        name: Decimal(line[name])
        for name in ("quantity", "unit_price", "discount", "tax_percent", "tax", "amount")
    }
    return {**line, **figures, "note": _line_note(line, frozen)}


def _line_note(line: dict[str, Any], frozen: dict[str, Any]) -> str:
    package = frozen["package"]
    match line["kind"]:
        case LineKind.COVERED if package:
            return _covered(package)
        case LineKind.VISIT if not frozen["corrects"] and _has_covered(frozen):
            return _("to be paid beside the session")
        case LineKind.FEE:
            return _fee(line["absence"])
        case LineKind.FREE:
            return _("free of charge: %(reason)s") % {"reason": frozen["reason"]}
        case LineKind.PACKAGE if package:
            return _("package no. %(number)s, %(count)s sessions") % {
                "number": package["number"],
                "count": session_count(package["sold"]),
            }
    return ""


def _has_covered(frozen: dict[str, Any]) -> bool:
    return any(line["kind"] == LineKind.COVERED for line in frozen["lines"])


def _covered(package: dict[str, Any]) -> str:
    """Which package, and how many sessions where it was not simply one."""
    facts = {"number": package["number"]}
    if (taken := Decimal(package.get("taken") or 1)) == 1:
        return _("from package no. %(number)s") % facts
    return _("%(count)s sessions from package no. %(number)s") % {**facts, "count": session_count(taken)}


def _fee(absence: dict[str, Any]) -> str:
    facts = {"when": _moment(datetime.fromisoformat(absence["starts_at"]))}
    if absence["state"] == Visit.State.NO_SHOW:
        return _("fee: did not come on %(when)s") % facts
    return _("fee: cancelled late, the visit of %(when)s") % facts


def _columns(lines: list[dict[str, Any]]) -> dict[str, bool]:
    """Which columns say anything; the others are left out."""
    return {
        "quantity": any(line["quantity"] != 1 for line in lines),
        "price": any(line["unit_price"] != line["amount"] for line in lines),
        "discount": any(line["discount"] for line in lines),
        "tax": any(line["tax"] for line in lines),
    }


def _code_column(columns: dict[str, bool]) -> bool:
    """Whether codes stand in a column of their own; beside discount and tax a small sheet has no room for it."""
    return not (columns["discount"] and columns["tax"])


def _sums(frozen: dict[str, Any], lines: list[dict[str, Any]]) -> dict[str, Any]:
    total, paid, due = (Decimal(frozen[name]) for name in ("total", "paid", "due"))
    discount = sum((line["discount"] for line in lines), Decimal(0))
    return {
        "price": total + discount if discount else None,
        "discount": -discount,
        "total": total,
        "tax": Decimal(frozen["tax"]),
        "paid": paid,
        "due": due,
        "kept": max(paid - total, Decimal(0)) if paid else Decimal(0),
        "is_paid": total > 0 and not due,
    }


def _payment(payment: dict[str, str]) -> dict[str, Any]:
    return {
        "method": Method(payment["method"]).label,
        "reference": payment["reference"],
        "amount": Decimal(payment["amount"]),
        "received_on": date.fromisoformat(payment["received_on"]),
    }


def _visit(visit: dict[str, Any] | None) -> dict[str, Any] | None:
    if visit is None:
        return None
    return {**visit, "when": _moment(datetime.fromisoformat(visit["starts_at"]))}


def _bill_discount(frozen: dict[str, Any]) -> dict[str, Any] | None:
    """What was taken off the whole bill; the discounts of its lines hold their parts of it."""
    kept = frozen.get("bill_discount")
    return {**kept, "amount": Decimal(kept["amount"])} if kept else None


def _check(bill: Bill) -> dict[str, Any] | None:
    """The code that leads to what was issued; papers of before have none."""
    slug = bill.document.get("slug")
    if not slug or not bill.seal:
        return None
    address = verification.address_of(bill, slug)
    return {"address": address, "image": upi.qr_image(address)}


def _upi(bill: Bill) -> dict[str, Any] | None:
    """The code to pay with, where the clinic has an id and something was due at the issue."""
    frozen = bill.document
    if not frozen["upi"] or frozen["currency"] != upi.CURRENCY:
        return None
    address = upi.payment_address(
        frozen["upi"]["id"], name=frozen["upi"]["name"], amount=Decimal(frozen["due"]), note=bill.name
    )
    return {"id": frozen["upi"]["id"], "image": upi.qr_image(address)}


def _sentence(frozen: dict[str, Any]) -> str:
    """What a note says about the bill it answers, and the balance that replaces the one on it (S06)."""
    if not frozen["corrects"]:
        return ""
    words = _taken_back(frozen) if frozen["kind"] == BillKind.CREDIT_NOTE else ""
    if frozen["kind"] == BillKind.CORRECTION and frozen.get("in_part"):
        words = _("Replaces the visit on bill %(bill)s; the rest of that bill counts.") % {
            "bill": frozen["corrects"]
        }
    if not frozen["package"]:
        return words or _("Replaces bill %(bill)s.") % {"bill": frozen["corrects"]}
    return f"{words} {_balance(frozen)}".strip()


def _taken_back(frozen: dict[str, Any]) -> str:
    if frozen.get("in_part"):
        return _("Takes back a part of what bill %(bill)s charged.") % {"bill": frozen["corrects"]}
    return _("Takes back what bill %(bill)s charged.") % {"bill": frozen["corrects"]}


def _balance(frozen: dict[str, Any]) -> str:
    facts = {
        "used": session_count(frozen["package"]["used"]),
        "left": session_count(frozen["package"]["left"]),
        "bill": frozen["corrects"],
    }
    return _("%(used)s used, %(left)s left; replaces the balance on bill %(bill)s.") % facts


def _local(moment: datetime, bill: Bill) -> datetime:
    return moment.astimezone(ZoneInfo(bill.document["time_zone"]))


def _moment(local: datetime) -> str:
    """The clinic's wall clock, whatever zone the server or the reader is in."""
    return f"{day(local.date())}, {local:%H:%M}"


def _word_language() -> str:
    return HINDI if (translation.get_language() or "").startswith(HINDI) else "en"
