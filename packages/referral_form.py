"""What the letter of an insurer or a doctor says, as the desk types it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.forms import DateField, KeyedForm, offer_branches
from clinic.models import Branch, Service

from .referrals import Letter


class ReferralForm(KeyedForm):
    """A referral: so many visits of a service, authorised by somebody, with dates."""

    authorised_by = forms.CharField(
        label=gettext_lazy("Authorised by"),
        max_length=120,
        help_text=gettext_lazy("The insurer or the doctor, as the letter has it."),
    )
    authorisation = forms.CharField(label=gettext_lazy("Authorisation number"), max_length=60, required=False)
    service = forms.ModelChoiceField(Service.objects.none(), label=gettext_lazy("Service"), empty_label=None)
    visits = forms.IntegerField(
        label=gettext_lazy("Visits authorised"), validators=[MinValueValidator(1), MaxValueValidator(1000)]
    )
    valid_from = DateField(label=gettext_lazy("First day"))
    valid_until = DateField(label=gettext_lazy("Last day"))
    branch = forms.ModelChoiceField(Branch.objects.none(), label=gettext_lazy("Branch"), empty_label=None)
    note = forms.CharField(label=gettext_lazy("Note for the desk"), max_length=300, required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        services = Service.objects.filter(is_active=True).order_by("name")
        self.fields["service"].queryset = services  # type: ignore[attr-defined]
        offer_branches(self)

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = typed.get("valid_from"), typed.get("valid_until")
        if first and last and last < first:
            self.add_error("valid_until", _("The last day of the referral is before its first."))
        return typed

    @property
    def letter(self) -> Letter:
        """What the letter says."""
        typed = self.cleaned_data
        return Letter(
            authorised_by=typed["authorised_by"],
            visits=typed["visits"],
            valid_from=typed["valid_from"],
            valid_until=typed["valid_until"],
            authorisation=typed["authorisation"],
            note=typed["note"],
        )
