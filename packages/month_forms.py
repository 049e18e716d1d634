from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.forms import KeyedForm


class ClosingForm(KeyedForm):
    """Close the books through one of the months that are over."""

    last_day = forms.TypedChoiceField(label=_("Close the books through"), coerce=date.fromisoformat)

    def __init__(self, *args: Any, months: Sequence[tuple[date, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: Any = self.fields["last_day"]
        choices.choices = [(day.isoformat(), words) for day, words in months]
