"""Which days of therapists' work are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from clinic.calendar import ONE_DAY
from clinic.http import ClinicRequest

from .account_forms import BetweenForm

LONGEST = timedelta(days=366)


class PeriodForm(BetweenForm):
    """The days of a statement; this month up to today where nothing is asked. A year at most."""

    def clean(self) -> dict[str, Any]:
        facts = super().clean()
        first, last = facts.get("first"), facts.get("last")
        if first and last and last - first >= LONGEST:
            self.add_error("last", _("Choose a year at most."))
        return facts

    def days(self, today: date) -> tuple[date, date]:
        facts = self.cleaned_data if self.is_valid() else {}
        last = facts.get("last") or max(today, facts.get("first") or today)
        first = facts.get("first") or last.replace(day=1)
        return max(first, last - LONGEST + ONE_DAY), last


@dataclass(frozen=True)
class Choice:
    """A month that is one press away."""

    label: str
    first: date
    last: date
    is_chosen: bool

    @property
    def query(self) -> str:
        return f"first={self.first}&last={self.last}"


@dataclass(frozen=True)
class Period:
    """The days that were asked for, and the form that asks."""

    form: PeriodForm
    first: date
    last: date
    today: date

    @property
    def query(self) -> str:
        """The same days for another address."""
        return f"first={self.first}&last={self.last}"

    @property
    def choices(self) -> list[Choice]:
        this = self.today.replace(day=1)
        end = this - ONE_DAY
        months = [(_("This month"), this, self.today), (_("Last month"), end.replace(day=1), end)]
        return [
            Choice(label, first, last, (first, last) == (self.first, self.last))
            for label, first, last in months
        ]


def period_of(request: ClinicRequest) -> Period:
    """The days in the address; what is not understood asks for the usual ones and says so."""
    asked, today = PeriodForm(request.GET), request.clinic.today()
    first, last = asked.days(today)
    form = asked if asked.errors else PeriodForm(initial={"first": first, "last": last})
    return Period(form, first, last, today)
