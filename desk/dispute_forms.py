"""What the clinic writes about a dispute: that there is one, a note, the decision."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.forms import KeyedForm, ReasonField
from visits.models import Dispute

WORDS = forms.Textarea({"rows": 3})


class OpeningForm(KeyedForm):
    """What the patient told the desk."""

    words = forms.CharField(label=_("What does the patient say?"), max_length=1000, widget=WORDS)


class NoteForm(KeyedForm):
    """A line of the thread; the clinic's own unless the patient may read it."""

    words = forms.CharField(label=_("Note"), max_length=1000, widget=WORDS)
    is_shown = forms.BooleanField(label=_("The patient may read this"), required=False)


class DecisionForm(KeyedForm):
    """The owner's decision; its reason is printed in the passbook and told to the patient."""

    decision = forms.ChoiceField(
        label=_("Decision"), choices=Dispute.Decision.choices, widget=forms.RadioSelect
    )
    reason = ReasonField()
