"""Which book is asked for: a day or several, of a branch or of all together; and who may see that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.access import may, require
from clinic.forms import DateField
from clinic.models import Branch, Clinic, Staff

from .day_book import DayBook, read_book

MOST_DAYS = 366


class DayBookFilter(forms.Form):
    """Which days and which branch; what is not understood narrows nothing and says so."""

    first = DateField(label=gettext_lazy("From"), required=False)
    last = DateField(label=gettext_lazy("To"), required=False)
    branch = forms.ModelChoiceField(
        Branch.objects.none(),
        label=gettext_lazy("Branch"),
        required=False,
        empty_label=gettext_lazy("All branches"),
    )

    def __init__(self, asked: Mapping[str, str], *, day: date, by: Staff) -> None:
        self.day = day
        super().__init__(
            {"first": day, "last": day} | {name: value for name, value in asked.items() if value}
        )
        self.branches = list(Branch.objects.order_by("-is_active", "name"))
        field: Any = self.fields["branch"]
        field.queryset = Branch.objects.order_by("-is_active", "name")
        self.sees_all = len(self.branches) == 1 or may(by, "see_books")
        if not self.sees_all:
            field.empty_label = None
        if not may(by, "see_books"):
            del self.fields["first"], self.fields["last"]
        if len(self.branches) == 1:
            del self.fields["branch"]

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        first, last = facts.get("first") or self.day, facts.get("last") or self.day
        if last < first:
            self.add_error("last", _("The last day is before the first."))
        elif last - first >= timedelta(days=MOST_DAYS):
            self.add_error("last", _("These are too many days for one page. Ask for a year at most."))
        return facts


@dataclass(frozen=True)
class Asked:
    """The days and branches of a book; `branch` is the one that was chosen, None for all of them."""

    clinic: Clinic
    form: DayBookFilter
    first: date
    last: date
    branch: Branch | None

    @property
    def is_range(self) -> bool:
        return self.first != self.last

    @property
    def branches(self) -> list[Branch]:
        return [self.branch] if self.branch else self.form.branches

    @property
    def query(self) -> str:
        """The same question as a part of an address."""
        facts = {"first": self.first, "last": self.last} if self.is_range else {}
        return urlencode(facts | ({"branch": self.branch.pk} if self.branch else {}))

    def book(self) -> DayBook:
        return read_book(self.clinic, self.branches, self.first, self.last)


def asked_of(asked: Mapping[str, str], *, day: date, clinic: Clinic, by: Staff) -> Asked:
    """What is asked for. The front desk sees a branch's day; all branches and several days are for who keeps books."""
    if asked.get("first") or asked.get("last"):
        require(by, "see_books")
    form = DayBookFilter(asked, day=day, by=by)
    facts = {"first": day, "last": day} | (form.cleaned_data if form.is_valid() else {})
    branch = form.cleaned_data.get("branch") or (None if form.sees_all else form.branches[0])
    return Asked(clinic, form, facts["first"] or day, facts["last"] or day, branch)
