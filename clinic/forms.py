"""How forms look and what they share; the markup is in templates/django/forms and templates/components."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import DecimalValidator
from django.forms.renderers import TemplatesSetting
from django.utils.translation import gettext_lazy as _

from clinic.keys import new_key
from clinic.models import Branch
from clinic.money import AmountError, parse_amount


class GintiFormRenderer(TemplatesSetting):
    """Forms and fields by our own templates, widgets by Django's."""

    form_template_name = "django/forms/form.html"
    field_template_name = "django/forms/field.html"


class KeyedForm(forms.Form):
    """Moves sessions or money. Its key is made when it is shown, so sending it twice is doing it once."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=new_key)


class DateInput(forms.DateInput):
    """The browser's own date field, which always speaks ISO whatever the reader's language."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs=attrs, format="%Y-%m-%d")


class TimeInput(forms.TimeInput):
    """The browser's own time field, to the minute."""

    input_type = "time"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs=attrs, format="%H:%M")


class DateField(forms.DateField):
    """A day of this century or the next; a year outside `years` is a slip."""

    widget = DateInput
    input_formats = ("%Y-%m-%d",)

    def __init__(self, *, years: tuple[int, int] = (2000, 2199), **options: Any) -> None:
        self.years = years
        super().__init__(**options)

    def to_python(self, value: Any) -> Any:
        day = super().to_python(value)
        first, last = self.years
        if day and not first <= day.year <= last:
            facts = {"first": first, "last": last}
            message = _("The year is from %(first)s to %(last)s. Look at the year again.")
            raise forms.ValidationError(message, code="year", params=facts)
        return day


class TimeField(forms.TimeField):
    """A time of the day."""

    widget = TimeInput
    input_formats = ("%H:%M", "%H:%M:%S")


class PhoneInput(forms.TextInput):
    """Brings up the number pad on a phone and takes any notation."""

    input_type = "tel"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"autocomplete": "off", "inputmode": "tel", **(attrs or {})})


class SessionsField(forms.DecimalField):
    """A number of sessions in steps of a half."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("min_value", Decimal("0.5"))
        super().__init__(max_digits=6, decimal_places=1, step_size=Decimal("0.5"), **options)

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value is not None:
            # First of all validators: the steps are counted in floats, and 1e400 is too large for one.
            DecimalValidator(self.max_digits, self.decimal_places)(value)


def offer_branches(form: Any) -> None:
    """The branches in use for the form's field `branch`; a single one is no question."""
    branches = Branch.objects.filter(is_active=True).order_by("name")
    form.fields["branch"].queryset = branches
    if len(branches) == 1:
        form.fields["branch"].widget = forms.HiddenInput()
        form.fields["branch"].initial = branches[0]


class MoneyField(forms.CharField):
    """An amount as people type it: 8000, 8,000.50, ₹ 8000/-. None where nothing was typed."""

    def __init__(self, *, currency: str = "INR", **options: Any) -> None:
        self.currency = currency
        super().__init__(strip=True, **options)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "inputmode": "decimal", "autocomplete": "off"}

    def to_python(self, value: Any) -> Any:
        typed = super().to_python(value)
        if not typed:
            return None
        try:
            return parse_amount(typed, self.currency)
        except AmountError as error:
            raise forms.ValidationError(str(error), code="invalid") from error


class ReasonField(forms.CharField):
    """Why something out of the ordinary is done; always asked, always kept."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", _("Reason"))
        super().__init__(max_length=200, **options)
