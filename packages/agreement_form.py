from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.forms import KeyedForm
from clinic.signatures import SignatureField

from .agreements import Agreed


class AgreementForm(KeyedForm):
    """Who agrees to the terms: the name typed, or the signature drawn."""

    name = forms.CharField(label=gettext_lazy("Name of who agrees"), max_length=120, required=False)
    signature = SignatureField(label=gettext_lazy("Signature, by finger, pen or mouse"))

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not given["name"] and not given["signature"]:
            self.add_error("name", _("Type the name of who agrees, or let them sign."))
        return given

    @property
    def agreed(self) -> Agreed:
        """What was typed or drawn."""
        return Agreed(self.cleaned_data["name"], self.cleaned_data["signature"])
