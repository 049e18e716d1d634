"""Several phone numbers in any notation, one a line, kept as E.164."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from clinic.countries import HOME
from clinic.phones import PhoneError, normalise_phone

FEWEST_LINES = 2
MOST_PHONES = 8
SEVERAL = re.compile(r"[,;\n|]")


class PhonesInput(forms.Widget):
    """One field of its own for each number and at least one more."""

    template_name = "patients/widgets/phones.html"
    use_fieldset = True

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        written = [line for line in value or [] if line]
        empty = max(1, FEWEST_LINES - len(written))
        context["widget"].update(lines=[*written, *[""] * empty], invalid="aria-invalid" in (attrs or {}))
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        written = data.getlist(name) if isinstance(data, MultiValueDict) else data.get(name, [])
        return [line for line in written if line.strip()]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in data

    def id_for_label(self, id_: str) -> str:
        return f"{id_}_1" if id_ else id_


class PhonesField(forms.Field):
    """Gives a list of E.164 numbers without repetitions, the first one written first."""

    widget = PhonesInput

    def __init__(self, *, country: str = HOME, **options: Any) -> None:
        self.country = country
        super().__init__(**options)

    def to_python(self, value: Any) -> list[str]:
        written = [one.strip() for line in value or [] for one in SEVERAL.split(line) if one.strip()]
        numbers, errors = [], []
        for one in written:
            try:
                numbers.append(normalise_phone(one, self.country))
            except PhoneError as error:
                errors.append(forms.ValidationError(str(error), code="invalid"))
        if errors:
            raise forms.ValidationError(errors)
        if len(numbers) > MOST_PHONES:
            raise forms.ValidationError(_("Keep at most %(most)s numbers.") % {"most": MOST_PHONES})
        return list(dict.fromkeys(numbers))
