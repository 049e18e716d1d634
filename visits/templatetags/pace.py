"""Where the pace of a package leads, for any page that shows one."""

from __future__ import annotations

from typing import NamedTuple

from django import template
from django.utils.translation import gettext as _

from clinic.models import Clinic
from clinic.ui.words import day
from packages.models import Package
from packages.nudge_words import a_week
from packages.pace import Forecast

from ..pace import forecasts

register = template.Library()


class Hint(NamedTuple):
    """What to expect in a sentence, and whether sessions would be left on the last day."""

    sentence: str
    is_late: bool


@register.simple_tag
def pace_of(package: Package, clinic: Clinic) -> Hint | None:
    """At 2 a week, with what is booked, it is used up on 20 July. Nothing where too little is known."""
    today = clinic.today()
    forecast = forecasts([package], clinic=clinic, on=today).get(package.pk)
    return Hint(_sentence(forecast), not forecast.will_finish) if forecast else None


def _sentence(forecast: Forecast) -> str:
    facts = {
        "pace": a_week(forecast.a_week),
        "day": day(forecast.finish_on),
        "until": day(forecast.valid_until),
        "needed": forecast.needed,
    }
    if forecast.will_finish:
        return _("At %(pace)s, with what is booked, it is used up on %(day)s.") % facts
    if forecast.finish_on is None:
        words = _("At this pace it will not be used up by %(until)s.")
    else:
        words = _("At %(pace)s it is used up on %(day)s, and it is valid to %(until)s.")
    enough = _("%(needed)d a week would be enough.") if forecast.needed else ""
    return f"{words} {enough}".strip() % facts
