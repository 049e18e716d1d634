"""What closing a day asks: the cash, piece by piece or as one figure, and the words that go with it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.forms import KeyedForm, MoneyField
from clinic.templatetags.ui import money

# The notes and coins that lie in a drawer, largest first. For other currencies one figure is asked.
PIECES = {
    "INR": ("500", "200", "100", "50", "20", "10", "5", "2", "1"),
    "USD": ("100", "50", "20", "10", "5", "1", "0.25", "0.10", "0.05", "0.01"),
}
MOST_PIECES = 100_000


class PieceField(forms.IntegerField):
    """How many of a note or coin; nothing typed is none."""

    def __init__(self, worth: Decimal, label: str) -> None:
        self.worth = worth
        super().__init__(label=label, min_value=0, max_value=MOST_PIECES, required=False)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "autocomplete": "off", "data-worth": str(self.worth)}


class DayCloseForm(KeyedForm):
    """The cash of the day is either counted piece by piece or written as one figure; both must agree."""

    counted = MoneyField(
        label=gettext_lazy("Cash counted"),
        error_messages={"required": gettext_lazy("Count the cash. Write 0 where there is none.")},
    )
    difference_reason = forms.CharField(
        label=gettext_lazy("If it differs: a word about it"), max_length=300, required=False
    )
    unsettled_reason = forms.CharField(
        label=gettext_lazy("Why is the day closed without settling the list?"),
        max_length=300,
        required=False,
    )
    note = forms.CharField(label=gettext_lazy("Note for the owner"), max_length=300, required=False)

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency
        self.fields["counted"].currency = currency  # type: ignore[attr-defined]
        for n, piece in enumerate(PIECES.get(currency, ())):
            self.fields[f"piece_{n}"] = PieceField(Decimal(piece), _face(Decimal(piece), currency))
        # One figure is asked for, unless the notes and coins say it.
        self.fields["counted"].required = not self.has_pieces

    def ask_why(self, is_unsettled: bool) -> None:
        """Where something is unsettled the reason is no option."""
        if is_unsettled:
            self.fields["unsettled_reason"].required = True
        else:
            del self.fields["unsettled_reason"]

    @property
    def has_pieces(self) -> bool:
        """Whether anything was typed at the notes and coins."""
        return any(self.data.get(name) for name in self._piece_names)

    @property
    def _piece_names(self) -> list[str]:
        return [name for name in self.fields if name.startswith("piece_")]

    @property
    def pieces(self) -> list[forms.BoundField]:
        return [self[name] for name in self._piece_names]

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        if self.errors:
            return facts
        added = sum((self._worth(each) * n for each, n in self._counts(facts)), Decimal(0))
        counted = facts.get("counted")
        if counted is not None and self._counts(facts) and counted != added:
            sentence = _("The notes and coins come to %(added)s. Correct one of the two.")
            self.add_error("counted", sentence % {"added": money(added, self.currency)})
        elif counted is None:
            facts["counted"] = added
        return facts

    def counted_pieces(self) -> dict[str, int]:
        """How many of each note and coin were counted: {"500": 3}."""
        return {str(self._worth(name)): n for name, n in self._counts(self.cleaned_data)}

    def _counts(self, facts: dict[str, Any]) -> list[tuple[str, int]]:
        return [(name, n) for name, n in facts.items() if name.startswith("piece_") and n is not None]

    def _worth(self, name: str) -> Decimal:
        field: Any = self.fields[name]
        worth: Decimal = field.worth
        return worth


class DayReopeningForm(KeyedForm):
    """Why a closed day is opened again."""

    reason = forms.CharField(label=gettext_lazy("Why is the day opened again?"), max_length=300)


def _face(worth: Decimal, currency: str) -> str:
    """₹500 as it is printed on the note; a coin of cents has its decimals."""
    amount = money(worth, currency)
    return amount.removesuffix(".00")
