"""The rows behind a week's figures as a page lists them: when, whose, what, and where to look at it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.access import may
from clinic.models import Clinic, Staff
from clinic.ui.words import day

from .exceptions import WHATS
from .week_capacity import minutes_of
from .week_sources import BILLS, BOUNCES, DECIDED, ENDED, LINKS, OPENED, PACKAGES, VISITS, Rows, Source


@dataclass(frozen=True)
class Row:
    """One thing that was counted. `url` leads to it; `amount` is what it added, where amounts are added up."""

    when: str
    patient_id: UUID | None
    patient: str
    what: str
    url: str
    detail: str = ""
    amount: Decimal | None = None


class Look(NamedTuple):
    """In which order rows are listed, what is read along with them, and how each looks."""

    order: str
    along: tuple[str, ...]
    row: Callable[[Any, Clinic, Staff], Row]


def row_of(source: Source | None, found: Any, *, clinic: Clinic, by: Staff) -> Row:
    """How one of the rows looks; without a source it is an exception."""
    return LOOKS[source].row(found, clinic, by) if source else _exception(found, clinic)


def listed(source: Source, rows: Rows) -> Rows:
    """The rows in the order of time, with what their looks need."""
    look = LOOKS[source]
    return rows.select_related(*look.along).order_by(look.order, "pk")


def _address(name: str, clinic: Clinic, pk: Any) -> str:
    return reverse(name, args=[clinic.slug, pk])


def _moment(at: datetime, clinic: Clinic) -> str:
    local = clinic.local(at)
    return f"{day(local.date())} {local:%H:%M}"


def _package(package: Any, clinic: Clinic, by: Staff) -> Row:
    what = _("package %(number)d: %(name)s") % {"number": package.number, "name": package.name}
    return Row(
        day(package.sold_on),
        package.patient_id,
        package.patient.name,
        what,
        _address("packages:package_detail", clinic, package.pk),
        package.sold_by.name if package.sold_by else "",
        package.sold_for,
    )


def _visit(visit: Any, clinic: Clinic, by: Staff) -> Row:
    details = [visit.get_state_display()]
    if visit.consequence:
        details.append(visit.get_consequence_display())
    if visit.therapist:
        details.append(visit.therapist.name)
    if hasattr(visit, "taken"):
        minutes = minutes_of(Decimal(str(visit.taken.total_seconds())))
        details.append(_("%(minutes)d min") % {"minutes": minutes})
    return Row(
        _moment(visit.starts_at, clinic),
        visit.patient_id,
        visit.patient.name,
        visit.service.name,
        _address("visits:visit_detail", clinic, visit.pk),
        " · ".join(str(each) for each in details),
    )


def _bill(bill: Any, clinic: Clinic, by: Staff) -> Row:
    return Row(
        day(bill.issued_on),
        bill.patient_id,
        bill.patient.name,
        _("bill %(name)s") % {"name": bill.name},
        _address("billing:bill_detail", clinic, bill.pk),
        amount=bill.owed,
    )


def _end(entry: Any, clinic: Clinic, by: Staff) -> Row:
    package = entry.package
    return Row(
        day(entry.happened_on),
        package.patient_id,
        package.patient.name,
        _("package %(number)d: %(name)s") % {"number": package.number, "name": package.name},
        _address("packages:package_detail", clinic, package.pk),
        f"{_ended_by(entry)} · {RENEWALS[entry.renewal]()}",
    )


def _ended_by(entry: Any) -> str:
    return _("lapsed") if entry.kind == "expired" else _("used up")


RENEWALS: dict[str, Callable[[], str]] = {
    "won": lambda: _("bought another"),
    "missed": lambda: _("bought no other"),
    "open": lambda: _("not bought yet"),
}


def _bounce(bounce: Any, clinic: Clinic, by: Staff) -> Row:
    payment = bounce.payment
    return Row(
        day(bounce.bounced_on),
        payment.patient_id,
        payment.patient.name,
        _("%(method)s of %(day)s")
        % {"method": payment.get_method_display(), "day": day(payment.received_on)},
        _address("desk:payment_detail", clinic, payment.pk),
        bounce.reason,
        payment.amount,
    )


def _link(link: Any, clinic: Clinic, by: Staff) -> Row:
    at = link.created_at if link.state == link.State.FAILED else link.expires_at
    return Row(
        _moment(at, clinic),
        link.patient_id,
        link.patient.name,
        _("payment link"),
        _address("desk:payment_link", clinic, link.pk),
        link.get_state_display(),
        link.amount,
    )


def _dispute(at: str) -> Callable[[Any, Clinic, Staff], Row]:
    def row(dispute: Any, clinic: Clinic, by: Staff) -> Row:
        sees = may(by, "see_disputes")
        page = ("desk:dispute", dispute.pk) if sees else ("visits:visit_detail", dispute.visit_id)
        state = dispute.get_decision_display() if dispute.decision else _("not decided yet")
        return Row(
            _moment(getattr(dispute, at), clinic),
            dispute.visit.patient_id,
            dispute.visit.patient.name,
            _("case %(number)d") % {"number": dispute.number},
            _address(page[0], clinic, page[1]),
            " · ".join(each for each in (str(state), dispute.reason or dispute.words) if each),
        )

    return row


def _exception(found: dict[str, Any], clinic: Clinic) -> Row:
    page = ("packages:package_detail", found["package_id"])
    if not found["package_id"]:
        page = ("visits:visit_detail", found["visit_id"])
    return Row(
        _moment(found["at"], clinic),
        found["patient_id"],
        found["patient_name"] or "",
        str(WHATS[found["what"]]),
        _address(page[0], clinic, page[1]),
        " · ".join([found["by_name"] or _("the program"), *([found["why"]] if found["why"] else [])]),
    )


LOOKS: dict[Source, Look] = {
    PACKAGES: Look("sold_on", ("patient", "sold_by"), _package),
    VISITS: Look("starts_at", ("patient", "service", "therapist"), _visit),
    BILLS: Look("issued_at", ("patient",), _bill),
    ENDED: Look("happened_on", ("package__patient",), _end),
    BOUNCES: Look("bounced_on", ("payment__patient",), _bounce),
    LINKS: Look("expires_at", ("patient",), _link),
    OPENED: Look("opened_at", ("visit__patient",), _dispute("opened_at")),
    DECIDED: Look("decided_at", ("visit__patient",), _dispute("decided_at")),
}
