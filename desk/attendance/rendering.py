"""A statement as it is read: titles, figures and sentences in the reader's language, from the frozen copy alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from billing.models import Method
from billing.rendering import ENGLISH, HINDI
from clinic.money import format_money
from clinic.ui.words import day
from visits.models import Visit

from .payments import BACK, BEFORE, MOVED
from .sums import sums_of


@dataclass(frozen=True)
class Issue:
    """Number and moment of an issued statement, and what was issued after it."""

    number: int
    at: datetime
    on: date
    replaced_by: int | None = None


def sheet(document: Mapping[str, Any], issue: Issue | None, *, language: str, at: datetime) -> SafeString:
    """The statement alone, to stand on a page that may be in another language. Without an issue it is a preview."""
    with translation.override(_reader(document, language)):
        return render_to_string("desk/attendance_sheet.html", {"doc": context(document, issue, at=at)})


def page_html(
    document: Mapping[str, Any],
    issue: Issue,
    *,
    language: str,
    at: datetime,
    template: str = "desk/attendance_pdf.html",
    **more: Any,
) -> str:
    """The statement as a page of its own in that language, printed at that moment."""
    with translation.override(_reader(document, language)):
        doc = context(document, issue, at=at)
        return render_to_string(template, {"doc": doc, "language": language[:2], **more})


def context(document: Mapping[str, Any], issue: Issue | None, *, at: datetime) -> dict[str, Any]:
    """All that the templates print, in the active language."""
    language = _word_language()
    rows = [_row(row, document) for row in document["rows"]]
    return {
        **{name: document[name] for name in ("currency", "kind", "others", "totals")},
        "title": document["title"][language],
        **_issue(document, issue, at),
        "clinic": {**document["clinic"], "numbers": _said(document["clinic"]["numbers"], language)},
        "patient": {**document["patient"], "birth_date": _day(document["patient"]["birth_date"])},
        "claim": _said(document["claim"], language),
        "package": _package(document["package"]),
        "days": [_day(each) for each in document["days"]] if document["days"] else None,
        "rows": [row for row in rows if row["is_attended"]],
        "absences": [row for row in rows if not row["is_attended"]],
        "columns": _columns(document, language),
        "therapists": [{**one, "numbers": _said(one["numbers"], language)} for one in document["therapists"]],
        "sums": sums_of(document),
        "payments": [_payment(payment) for payment in document["payments"]],
        "received": sum((Decimal(payment["amount"]) for payment in document["payments"]), Decimal(0)),
        "words": document["words"][language] if document["words"] else "",
    }


def _issue(document: Mapping[str, Any], issue: Issue | None, at: datetime) -> dict[str, Any]:
    if issue is None:
        return {"name": _("Preview"), "is_preview": True}
    zone = ZoneInfo(document["time_zone"])
    printed, issued = at.astimezone(zone), issue.at.astimezone(zone)
    return {
        "name": _("No. %(number)s") % {"number": issue.number},
        "issued_on": issue.on,
        "issued_at": _moment(issued),
        "duplicate": _moment(printed) if printed.date() > issue.on else "",
        "replaces": document["replaces"],
        "replaced_by": issue.replaced_by,
        "reason": document["reason"],
        "by": document["by"],
    }


def _row(row: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    starts_at = datetime.fromisoformat(row["starts_at"])
    is_package = row["package"] is not None
    return {
        **row,
        "on": starts_at.date(),
        "time": f"{starts_at:%H:%M}",
        "is_attended": row["state"] == Visit.State.COMPLETED,
        "sessions": Decimal(row["sessions"]),
        "count": Decimal(row["count"]) if row["count"] else None,
        "of": Decimal(row["of"]) if row["of"] else None,
        "amount": Decimal(row["value"] if is_package else row["charge"]),
        "notes": list(_notes(row, document)),
    }


def _notes(row: Mapping[str, Any], document: Mapping[str, Any]) -> Iterator[str]:
    """What the other columns do not say of a visit."""
    if row["state"] != Visit.State.COMPLETED:
        yield str(Visit.State(row["state"]).label)
    if row["package"] is not None and not document["package"]:
        yield _("package %(number)s") % {"number": row["package"]}
    match row["note"]:
        case Visit.Settlement.FREE:
            yield _("free of charge")
        case Visit.Settlement.BEFORE:
            yield _("counted in the opening balance")
        case "disputed":
            yield _("in dispute: not counted")
    if row["package"] is not None and Decimal(row["charge"]):
        amount = format_money(
            Decimal(row["charge"]), document["currency"], translation.get_language() or "en-in"
        )
        yield _("%(amount)s paid beside it") % {"amount": amount}


def _columns(document: Mapping[str, Any], language: str) -> dict[str, str]:
    """Headings of the columns that say anything; the others are left out."""
    rows = document["rows"]
    return {
        "code": document["code"][language] if any(row["code"] for row in rows) else "",
        "units": _("Units") if document["has_units"] else "",
        "sessions": _("Sessions") if any(Decimal(row["sessions"]) not in {0, 1} for row in rows) else "",
        "count": _("Count") if any(row["count"] for row in rows) else "",
    }


def _package(package: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if package is None:
        return None
    figures = {
        name: Decimal(package[name]) for name in ("sessions", "bonus", "list_price", "discount", "price")
    }
    days = {name: _day(package[name]) for name in ("sold_on", "valid_until")}
    return {**package, **figures, **days}


def _said(numbers: Iterable[Mapping[str, Any]], language: str) -> list[dict[str, str]]:
    return [{"label": one["label"][language], "value": one["value"]} for one in numbers]


def _payment(payment: Mapping[str, Any]) -> dict[str, Any]:
    ways = {
        BEFORE: _("Before these records began"),
        MOVED: _("Came with transferred sessions"),
        BACK: _("Paid back"),
    }
    by = payment["by"]
    return {
        **payment,
        "on": _day(payment["on"]),
        "by": ways[by] if by in ways else Method(by).label,
        "amount": Decimal(payment["amount"]),
    }


def _day(iso: str | None) -> date | None:
    return date.fromisoformat(iso) if iso else None


def _moment(local: datetime) -> str:
    return f"{day(local.date())}, {local:%H:%M}"


def _reader(document: Mapping[str, Any], language: str) -> str:
    """A reader of English sees amounts as they are written in the clinic's country."""
    return str(document["locale"]) if language == ENGLISH else language


def _word_language() -> str:
    return HINDI if (translation.get_language() or "").startswith(HINDI) else "en"
