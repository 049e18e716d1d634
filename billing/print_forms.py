"""How many bills are to be printed as one file."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from .papers import A4, A5, PAPERS, ROLL
from .rendering import ENGLISH, HINDI

PAPER_NAMES = {A5: _("A5"), A4: _("A4"), ROLL: _("80 mm roll")}


class PrintForm(forms.Form):
    """Paper and language of a print run."""

    paper = forms.ChoiceField(
        label=_("Paper"), choices=[(paper, PAPER_NAMES[paper]) for paper in PAPERS], initial=A5
    )
    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        choices=[("", _("Each patient's own")), (ENGLISH, "English"), (HINDI, "हिन्दी")],
    )
