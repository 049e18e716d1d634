from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from clinic.forms import DateField, KeyedForm, ReasonField


class EndingForm(KeyedForm):
    """From when on no month begins, and why."""

    last_day = DateField(
        label=_("Last day"), help_text=_("No month begins after it. The month that runs goes on to its end.")
    )
    reason = ReasonField()
