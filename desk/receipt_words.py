"""What the receipt of a bill says: the fields of its wording, in the active language.

Nothing clinical stands in them, of the name only the first, and all figures come from the bill's frozen copy.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from billing.models import NOTES, Bill, BillKind
from clinic.messages.personal import mark
from clinic.money import format_money
from clinic.ui.words import day, session_count
from visits.models import Visit

from . import receipt_kinds as kinds


def kind_of(bill: Bill) -> str:
    """Which kind of receipt the bill asks for."""
    if bill.kind == BillKind.MONEY_RECEIPT:
        return kinds.PAYMENT
    if bill.kind in {BillKind.REFUND_NOTE, BillKind.CREDIT_NOTE}:
        return kinds.REFUND
    if bill.kind == BillKind.CORRECTION:
        return kinds.CORRECTION
    box = bill.document["package"]
    if bill.document["visit"]:
        return kinds.DEDUCTION if box and box["session"] else kinds.BILL
    return kinds.PURCHASE if box and not _absence(bill.document) else kinds.BILL


def fields_of(bill: Bill) -> dict[str, str]:
    """All that its wording may name, in the active language."""
    frozen = bill.document
    fields = {
        "what": " ".join(_what(bill)),
        "balance": _balance(bill),
        "sums": " ".join(_sums(frozen)) if bill.total > 0 else "",
        "bill": _named(bill),
        "day": day(bill.issued_on),
        "therapist": frozen["therapist"]["name"] if frozen["therapist"] else "",
        "amount": _amount(frozen, abs(Decimal(frozen.get("moved", frozen["total"])))),
        **_counts(frozen["package"]),
        **{name: _amount(frozen, Decimal(frozen[name])) for name in ("total", "paid", "due")},
    }
    if frozen["visit"]:
        fields["day"] = day(date.fromisoformat(frozen["visit"]["starts_at"][:10]))
        fields["answer_link"] = mark(f"visits/{bill.visit_id}/answers/") if fields["session"] else ""
    return fields


def _counts(box: dict[str, Any] | None) -> dict[str, str]:
    if not box:
        return dict.fromkeys(("session", "sold", "left", "valid_until"), "")
    counts = {name: session_count(box[name]) for name in ("session", "sold", "left")}
    return counts | {"valid_until": day(_day(box["valid_until"]))}


def _what(bill: Bill) -> Iterator[str]:
    frozen = bill.document
    box = frozen["package"]
    if "moved" in frozen:
        yield _moved(bill)
    elif bill.kind in NOTES:
        yield _corrected(frozen)
    elif frozen["visit"]:
        yield _visit(frozen)
    elif absence := _absence(frozen):
        yield from absence_words(absence)
    elif box:
        yield _bought(box)


def _balance(bill: Bill) -> str:
    box = bill.document["package"]
    if box and (bill.document["visit"] or bill.kind == BillKind.CORRECTION):
        return _left(box)
    return ""


def _moved(bill: Bill) -> str:
    """Money that came or went without a bill of its own."""
    frozen = bill.document
    facts = {"amount": _amount(frozen, Decimal(frozen["moved"])), "day": day(bill.issued_on)}
    if bill.kind == BillKind.REFUND_NOTE:
        return _("%(amount)s was handed back to you on %(day)s.") % facts
    return _("%(amount)s was received from you on %(day)s.") % facts


def _corrected(frozen: dict[str, Any]) -> str:
    if frozen.get("in_part") and not Decimal(frozen["total"]):
        return _("The visit on bill %(bill)s no longer counts; the rest of the bill does.") % {
            "bill": frozen["corrects"]
        }
    if frozen.get("in_part"):
        return _("Of bill %(bill)s %(amount)s was taken back.") % {
            "bill": frozen["corrects"],
            "amount": _amount(frozen, -Decimal(frozen["total"])),
        }
    return _("A correction: %(bill)s no longer counts.") % {"bill": frozen["corrects"]}


def _visit(frozen: dict[str, Any]) -> str:
    facts = {"day": day(date.fromisoformat(frozen["visit"]["starts_at"][:10]))}
    facts["therapist"] = frozen["therapist"]["name"] if frozen["therapist"] else ""
    box = frozen["package"]
    if box and box["session"]:
        facts |= {"k": session_count(box["session"]), "n": session_count(box["sold"])}
        if facts["therapist"]:
            return _("Session %(k)s of %(n)s on %(day)s with %(therapist)s.") % facts
        return _("Session %(k)s of %(n)s on %(day)s.") % facts
    if facts["therapist"]:
        return _("Visit on %(day)s with %(therapist)s.") % facts
    return _("Visit on %(day)s.") % facts


def _absence(frozen: dict[str, Any]) -> tuple[str, str] | None:
    """The visit that did not take place and asks for a fee: its state and day; bills of before know none."""
    found = (line["absence"] for line in frozen["lines"] if line.get("absence"))
    return next(((each["state"], each["starts_at"][:10]) for each in found), None)


def absence_words(absence: tuple[str, str]) -> Iterator[str]:
    """What the patient is told first of a visit that did not take place: its state, its local day."""
    state, on = absence
    facts = {"day": day(date.fromisoformat(on))}
    if state == Visit.State.NO_SHOW:
        yield _("You did not come to the visit of %(day)s.") % facts
    else:
        yield _("You cancelled the visit of %(day)s late.") % facts


def _bought(box: dict[str, Any]) -> str:
    sold = Decimal(box["sold"])
    words = ngettext("%(sold)s session bought", "%(sold)s sessions bought", 1 if sold == 1 else 2)
    return _closed(words % {"sold": session_count(sold)} + _until(_day(box["valid_until"])))


def _left(box: dict[str, Any]) -> str:
    return balance_words(box["left"], _day(box["valid_until"]))


def balance_words(left: Decimal | str, valid_until: date | None) -> str:
    """4 left, valid to 9 Jun 2026."""
    return _closed(_("%(left)s left") % {"left": session_count(left)} + _until(valid_until))


def _closed(words: str) -> str:
    """The words as a sentence: Hindi ends one with a danda."""
    return _("%(words)s.") % {"words": words}


def _until(valid_until: date | None) -> str:
    return _(", valid to %(day)s") % {"day": day(valid_until)} if valid_until else ""


def _day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None


def _sums(frozen: dict[str, Any]) -> Iterator[str]:
    sums = {name: _amount(frozen, Decimal(frozen[name])) for name in ("total", "paid", "due")}
    yield _("Total %(total)s, paid %(paid)s.") % sums
    if Decimal(frozen["due"]):
        yield _("To pay: %(due)s.") % sums


def _amount(frozen: dict[str, Any], amount: Decimal) -> str:
    return format_money(amount, frozen["currency"], get_language() or "en-in")


def _named(bill: Bill) -> str:
    return f"{NAMES[BillKind(bill.kind)]()} {bill.name}"


NAMES = {
    BillKind.BILL: lambda: _("Bill"),
    BillKind.INVOICE: lambda: _("Bill"),
    BillKind.MONEY_RECEIPT: lambda: _("Receipt"),
    BillKind.REFUND_NOTE: lambda: _("Refund note"),
    BillKind.RECEIPT: lambda: _("Receipt"),
    BillKind.CREDIT_NOTE: lambda: _("Credit note"),
    BillKind.CORRECTION: lambda: _("Correction note"),
}
