"""The forms of the import's screen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from .columns import Column
from .table import LARGEST_FILE

MEGABYTE = 1024 * 1024
LEFT_OUT = "-"


class UploadForm(forms.Form):
    """A register in a file of any usual kind."""

    file = forms.FileField(
        label=_("The register"),
        help_text=_(
            "CSV, Excel or OpenDocument, up to 20 MB. Nothing is entered before you have seen what it means."
        ),
        widget=forms.FileInput({"accept": ".csv,.txt,.tsv,.xlsx,.xls,.ods"}),
        max_length=200,
    )

    def clean_file(self) -> Any:
        """Refused by its size before it is read."""
        file = self.cleaned_data["file"]
        if file.size > LARGEST_FILE:
            raise forms.ValidationError(
                _("The file has %(size)d MB; at most 20 MB can be read. Split it into several files.")
                % {"size": file.size // MEGABYTE}
            )
        return file


class ColumnsForm(forms.Form):
    """What each column of the file means; "left out" for those that say nothing here."""

    def __init__(self, columns: Iterable[dict[str, Any]], *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        choices = [(LEFT_OUT, _("(left out)")), *Column.choices]
        for column in columns:
            self.fields[f"column-{column['place']}"] = forms.ChoiceField(
                label=column["heading"] or _("Column %(place)d") % {"place": column["place"] + 1},
                help_text=_("For example: %(example)s") % {"example": column["example"]}
                if column["example"]
                else "",
                choices=choices,
                initial=column["meaning"] or LEFT_OUT,
            )

    def meanings(self) -> dict[str, str]:
        """Place → meaning, as the desk has chosen."""
        return {
            name.removeprefix("column-"): "" if meaning == LEFT_OUT else meaning
            for name, meaning in self.cleaned_data.items()
        }
