"""Why a completion is taken back."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.forms import ReasonField


class ReopeningForm(forms.Form):
    """The reason, from a button or in words of one's own; it is printed, so it must be there and be readable."""

    reason = ReasonField(
        error_messages={"required": _("Write the reason. It is printed beside the line and stays there.")}
    )

    @property
    def sentence(self) -> str:
        """What is wrong with it, or nothing."""
        return next((str(error) for errors in self.errors.values() for error in errors), "")
