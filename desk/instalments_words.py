"""What a reminder of an instalment says, in the active language."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from clinic.models import Clinic
from clinic.templatetags.ui import money
from clinic.ui.words import day


def reminder_words(instalment: Any, *, on: date, clinic: Clinic) -> tuple[str, list[str]]:
    """Subject and sentences for an instalment of which `left` is still to be paid."""
    facts = {
        "amount": money(instalment.left, clinic.currency),
        "day": day(instalment.due_on),
        "bill": instalment.plan.line.bill.name,
    }
    if instalment.due_on > on:
        said = _("%(amount)s is due on %(day)s")
    elif instalment.due_on == on:
        said = _("%(amount)s is due today")
    else:
        said = _("%(amount)s was due on %(day)s")
    facts["said"] = said % facts
    sentences = [
        _("Your instalment for bill %(bill)s: %(said)s.") % facts,
        _("If you have paid already, thank you: there is nothing to do."),
    ]
    return f"{clinic.name}: {facts['said']}", sentences
