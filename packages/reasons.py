"""The sentences for why a package does not cover a visit; one for each reason, in the active language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from clinic.templatetags.ui import sessions as count
from clinic.ui.words import day


def sentence_of(why: str, facts: Mapping[str, Any]) -> str:
    """The sentence for a reason; `facts` are those that the reason carries."""
    return SENTENCES[why](facts)


def _day(value: date) -> str:
    return day(value)


SENTENCES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "no_package": lambda f: _("This patient has no package."),
    "not_paid": lambda f: _("The package is not paid in full yet."),
    "not_paid_enough": lambda f: (
        _("%(open)s sessions are paid for, and they are used. The next one asks for money.")
        % {"open": count(f["open"])}
    ),
    "frozen": lambda f: _("The package is frozen on %(day)s.") % {"day": _day(f["day"])},
    "suspended": lambda f: _("The package is suspended."),
    "refunded": lambda f: _("The package was refunded."),
    "void": lambda f: _("The package was sold by mistake and is void."),
    "not_yet_valid": lambda f: _("The package is valid from %(day)s.") % {"day": _day(f["valid_from"])},
    "expired": lambda f: _("The package was valid to %(day)s.") % {"day": _day(f["valid_until"])},
    "other_service": lambda f: _("The package “%(package)s” does not include %(service)s.") % f,
    "not_named": lambda f: _("%(patient)s is not named on this package.") % f,
    "other_therapist": lambda f: _(
        "The package is for visits with the therapists it names, and this is another."
    ),
    "other_branch": lambda f: _("The package is not for visits at this branch."),
    "counts_otherwise": lambda f: (
        _("The package counts %(service)s otherwise: choose how.") % {"service": f["service"]}
    ),
    "part_left": lambda f: (
        _("The package has %(left)s left: use it and pay the rest, or pay singly.")
        % {"left": count(f["left"])}
    ),
    "none_left": lambda f: _("The package has %(left)s left.") % {"left": count(f["left"])},
}
