"""Using a package for an earlier visit that was paid for singly."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.http import ClinicRequest
from clinic.keys import keyed
from clinic.ui.words import day, session_count
from packages.views.acts import Page, asked, attempt, leave, package_of, show

from ..checkout import Completed
from ..earlier_visits import HindsightForm, coverable
from ..hindsight import apply_package

HINDSIGHT = Page(
    gettext_lazy("Use it for an earlier visit"),
    gettext_lazy(
        "One session is used for a visit that was paid for singly. What was paid for it becomes account credit."
    ),
    gettext_lazy("Use a session"),
    "history",
)


@keyed
def hindsight(request: ClinicRequest, package_id: UUID) -> HttpResponse:
    """GET lists the visits of the last 60 days that it would cover. POST applies it to one (S34)."""
    package = package_of(package_id)

    def apply(on: object, **facts: Any) -> Completed:
        return apply_package(package=package, clinic=request.clinic, at=timezone.now(), **facts)

    visits = coverable(package, request.clinic)
    form, _facts = asked(partial(HindsightForm, visits=visits, clinic=request.clinic), request)
    done = attempt(request, form, apply)
    if done:
        held = day(request.clinic.day_of(done.visit.starts_at))
        left = session_count(done.entry.balance_after if done.entry else package.sessions_left)
        sentence = _(
            "Used for the visit of %(day)s: %(left)s left. What was paid for it is account credit now."
        )
        return leave(request, package, sentence % {"day": held, "left": left})
    why_not = _("No visit of the last 60 days was paid for singly and is covered by this package.")
    return show(request, package, HINDSIGHT, form, why_not="" if visits or form.is_bound else why_not)
