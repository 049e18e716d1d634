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
    reason = ReasonField(label=_("Why is it agreed anew?"), required=False)

    def __init__(self, *args: Any, replaces: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["replaces"].initial = replaces and replaces.pk
        if replaces is None:
            del self.fields["reason"]
