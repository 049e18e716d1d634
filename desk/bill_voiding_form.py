from __future__ import annotations

import uuid
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from clinic.forms import KeyedForm, MoneyField, ReasonField
from clinic.money import quantise

from .bill_voiding import Standing


class TakingBackForm(KeyedForm):
    """How much of each line goes back; all of it unless something else is typed."""

    reason = ReasonField()

    def __init__(self, *args: Any, lines: Sequence[Standing], currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.standing = {f"line-{each.line.pk}": each for each in lines if each.goes_back}
        for name, each in self.standing.items():
            initial = f"{quantise(each.left, currency)}"
            self.fields[name] = MoneyField(
                label=each.line.text, currency=currency, required=False, initial=initial
            )
        self.order_fields([*self.standing, "reason"])

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        for name, each in self.standing.items():
            if (facts.get(name) or 0) > each.left:
                self.add_error(name, _("Less than that is left to take back."))
        return facts

    def amounts(self) -> dict[uuid.UUID, Decimal]:
        """By line; what was left empty stays."""
        return {
            each.line.pk: amount
            for name, each in self.standing.items()
            if (amount := self.cleaned_data.get(name))
        }
