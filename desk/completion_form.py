"""How a visit is to be settled, as it was asked on the screen."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.forms import tenders
from billing.payments import Tender
from clinic.forms import SessionsField
from clinic.models import Clinic
from clinic.money import quantise
from clinic.ui.words import session_count
from packages.models import Package
from visits.models import Visit

WAYS = (
    (Visit.Settlement.PACKAGE, _("A session of a package")),
    (Visit.Settlement.CHARGE, _("Pay this visit")),
    (Visit.Settlement.FREE, _("Free of charge")),
)
TENDERED = re.compile(r"tender-\d+-amount")


class CompletionForm(forms.Form):
    """Nothing asked means: the package that covers. `sessions` chooses another way of its terms, or with `in_part` less
    than a visit counts. What is free or counted in part needs its reason, money who may take it."""

    how = forms.ChoiceField(choices=WAYS, required=False)
    package = forms.ModelChoiceField(Package.objects.none(), required=False)
    sessions = SessionsField(required=False)
    in_part = forms.BooleanField(required=False)
    unfreeze = forms.BooleanField(required=False)
    reason = forms.CharField(label=_("Why is it free?"), max_length=300, required=False)

    def __init__(self, *args: Any, clinic: Clinic, may_take: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["package"].queryset = Package.objects.all()  # type: ignore[attr-defined]
        self.is_charged = self.is_bound and self.data.get("how") == Visit.Settlement.CHARGE
        # A way with money beside the session brings the fields for it, a way without brings none.
        self.is_beside = self.is_bound and "sessions" in self.data and "tender-TOTAL_FORMS" in self.data
        pays = may_take and (self.is_charged or self.is_beside)
        self.money = tenders(self.data if pays else None, currency=clinic.currency)
        self.may_take = may_take

    def clean(self) -> dict[str, Any]:
        asked = super().clean() or {}
        if asked.get("how") == Visit.Settlement.FREE and not asked.get("reason"):
            self.add_error(
                "reason", _("Write why this visit is free of charge. It stands on the visit's receipt.")
            )
        if asked.get("in_part") and not asked.get("reason"):
            self.add_error(None, _("Write why only a part of it counts. It stands in the passbook."))
        if asked.get("unfreeze") and not asked.get("package"):
            self.add_error("package", _("Choose the package that is to be unfrozen."))
        if not self.may_take and self._brings_money():
            self.add_error(None, _("The desk takes the money. Complete the visit without an amount."))
        elif self.money.is_bound and not self.money.is_valid():
            self.add_error(None, _("Look at the amounts: something there cannot be read."))
        return asked

    def _brings_money(self) -> bool:
        return any(TENDERED.fullmatch(name) and typed.strip() for name, typed in self.data.items())

    @property
    def act(self) -> dict[str, Any]:
        """What completing the visit is asked for, of a valid form. A way of the terms needs no reason, and has none."""
        asked = self.cleaned_data
        explained = asked["in_part"] or asked["how"] == Visit.Settlement.FREE
        return {
            "how": asked["how"],
            "package": asked["package"],
            "sessions": asked["sessions"],
            "reason": asked["reason"] if explained else "",
            "tenders": self.tenders(),
            "same_reference": self.money.same_reference,
        }

    def tenders(self) -> Sequence[Tender]:
        """The money given, of a valid form."""
        given: Sequence[Tender] = self.money.tenders() if self.money.is_bound else ()
        return given

    @property
    def sentence(self) -> str:
        """What was wrong with what was asked, or nothing; that a free visit lacks its reason is said at its field."""
        names = [name for name in self.errors if name != "reason"]
        return str(self.errors[names[0]][0]) if names else ""

    @property
    def part_reason(self) -> str:
        """Why only a part of it counts, as it was typed."""
        typed: str = self.data.get("reason", "") if self.data.get("in_part") else ""
        return typed

    def is_for(self, package: Package, sessions: Decimal) -> bool:
        """Whether this way was asked for, so that it is shown again as it was typed."""
        asked = (self.data.get("package"), self.data.get("sessions")) if self.is_beside else ()
        return asked == (str(package.pk), session_count(sessions))


def fresh(clinic: Clinic) -> CompletionForm:
    """The form as it is first shown."""
    form = CompletionForm(clinic=clinic, may_take=False)
    form.fields["reason"].required = True  # asked by the form that makes it free, and sent by no other
    return form


def money_for(amount: Decimal, clinic: Clinic, place: str = "") -> Any:
    """The fields for taking so much, offered as paid now; `place` keeps them apart from the others of the page."""
    made = tenders(None, currency=clinic.currency, amount=quantise(amount, clinic.currency))
    if place:
        made.auto_id = f"id_{place}_%s"
    return made
