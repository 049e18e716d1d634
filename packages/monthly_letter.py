"""Once a month, to every owner by e-mail: what the clinic owes in care, and what changed since the month before.

Early in the month and not on its first day, so that what is recorded late is mostly in it. The paper of the report goes
with it where one can be made (`ENCLOSURE`, clinic.messages.enclosures).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.conf import settings as installation
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.calendar import ONE_DAY
from clinic.messages.rules import settings_of
from clinic.models import Clinic, ClinicSettings, Role, Staff, StaffLetter
from clinic.staff import letters
from clinic.templatetags.ui import money
from clinic.ui.words import session_count

from .liability import Liability, liability
from .models import Entry, Kind
from .roll_forward import RollForward, Row, roll_forward

FIRST_DAY, LAST_DAY = 2, 9
ENCLOSURE = "liability"  # :the last day of the month


@dataclass(frozen=True)
class Month:
    """What the letter is about: the figures of a month that has ended. `lapsed` packages lapsed in it."""

    clinic: Clinic
    standing: Liability
    moved: RollForward
    lapsed: int

    @property
    def first(self) -> date:
        return self.moved.first

    @property
    def is_empty(self) -> bool:
        """Nothing is owed, nothing was before, and nothing happened."""
        figures = [self.moved.opening, self.moved.closing, *self.moved.changes.values()]
        return not any(each.value or each.sessions for each in figures) and not self.standing.receivable


def is_the_time(local: datetime) -> bool:
    """Whether letters about the month before are written on this day and hour of the clinic; must be called inside it.
    A job that stood still for days catches up."""
    return FIRST_DAY <= local.day <= LAST_DAY and local.hour >= settings_of().nudge_hour


def write_all(clinic: Clinic, *, on: date) -> int:
    """Write the letters about the month before this local day, to each active owner once, whoever asks how often; says
    how many were new. None where the clinic has switched them off. Must be called inside the clinic."""
    kept = ClinicSettings.objects.get()
    last = on.replace(day=1) - ONE_DAY
    owners = [owner for owner in _owners() if letters.address_of(owner)]
    written = StaffLetter.objects.filter(occasion__in=[_occasion(owner, last) for owner in owners])
    done = set(written.values_list("occasion", flat=True))
    owners = [owner for owner in owners if _occasion(owner, last) not in done]
    if not (kept.mails_monthly and owners):
        return 0
    with translation.override(clinic.reading(kept.language)):
        month = month_of(clinic, last)
        drafts = [] if month.is_empty else [_letter(owner, month) for owner in owners]
    letters.write(drafts)
    return len(drafts)


def month_of(clinic: Clinic, last: date) -> Month:
    """The figures of the month that ends on the day `last`."""
    first = last.replace(day=1)
    gone = Entry.objects.filter(kind=Kind.EXPIRED, happened_on__range=(first, last))
    lapsed = gone.values("package").distinct().count()
    return Month(clinic, liability(last), roll_forward(first, last), lapsed)


def body_of(month: Month, name: str) -> str:
    """What the letter says, in the active language."""
    return "\n\n".join(part for part in (_("Hello %(name)s,") % {"name": name}, *_paragraphs(month)) if part)


def _paragraphs(month: Month) -> Iterator[str]:
    standing, currency = month.standing, month.clinic.currency
    yield _(
        "At the end of %(month)s %(clinic)s owed %(amount)s in care: %(sessions)s sessions on %(packages)s packages of"
        " %(patients)s patients."
    ) % {
        "month": _named(month.first),
        "clinic": month.clinic.name,
        "amount": money(standing.value, currency),
        "sessions": session_count(standing.sessions),
        "packages": standing.packages,
        "patients": standing.patients,
    }
    yield "\n".join(_changes(month))
    if standing.receivable:
        words = _("Patients owe %(amount)s for care already given.")
        yield words % {"amount": money(standing.receivable, currency)}
    if month.lapsed:
        yield ngettext("%(n)d package lapsed.", "%(n)d packages lapsed.", month.lapsed) % {"n": month.lapsed}
    address = reverse("packages:liability", args=[month.clinic.slug])
    link = f"{installation.SITE_URL}{address}?on={month.moved.last}"
    yield _("The whole report: %(link)s") % {"link": link}
    yield _("You can switch this e-mail off in the settings of the clinic.")


def _changes(month: Month) -> Iterator[str]:
    """A line for the month before, one for each row that moved, and one for the end."""
    moved = month.moved
    before = _named(moved.first - ONE_DAY)
    yield _line(month, _("At the end of %(month)s") % {"month": before}, moved.opening.value)
    for row in Row:
        if moved.changes[row].value:
            yield _line(month, str(row.label), moved.changes[row].value, sign="+")
    yield _line(month, _("At the end of %(month)s") % {"month": _named(moved.first)}, moved.closing.value)


def _line(month: Month, label: str, amount: Decimal, sign: str = "") -> str:
    return f"{label}: {sign if amount > 0 else ''}{money(amount, month.clinic.currency)}"


def _named(day: date) -> str:
    """October 2026"""
    return date_format(day, "F Y")


def _owners() -> list[Staff]:
    return list(Staff.objects.active().filter(role=Role.OWNER).select_related("user").order_by("pk"))


def _occasion(owner: Staff, last: date) -> str:
    return f"liability:{last:%Y-%m}:{owner.pk}"


def _letter(owner: Staff, month: Month) -> StaffLetter:
    subject = _("%(clinic)s: owed in care at the end of %(month)s, %(amount)s") % {
        "clinic": month.clinic.name,
        "month": _named(month.first),
        "amount": money(month.standing.value, month.clinic.currency),
    }
    return StaffLetter(
        staff=owner,
        occasion=_occasion(owner, month.moved.last),
        subject=" ".join(subject.split())[:200],
        body=body_of(month, owner.name),
        enclosure=f"{ENCLOSURE}:{month.moved.last}",
    )
