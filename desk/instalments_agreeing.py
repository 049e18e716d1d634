"""Agreeing on instalments after the sale, or anew: what the page of a line asks."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.forms import KeyedForm, ReasonField


class AgreeingForm(KeyedForm):
    """What comes with the rows: the key, and why it is agreed anew."""

    # What was agreed when the page was shown; somebody may have agreed meanwhile.
    replaces = forms.UUIDField(widget=forms.HiddenInput, required=False)
    reason = ReasonField(label=_("Why is it agreed anew?"))

    def __init__(self, data: Any, *, replaces: Any) -> None:
        """While the rows are worked out nothing is judged yet: what was typed is shown as it is."""
        works_out = "work_out" in data
        super().__init__(
            None if works_out else data or None, initial=data.dict() if works_out else {"replaces": replaces}
        )
        seen = data.get("replaces") if data else replaces
        if not seen:
            del self.fields["reason"]
