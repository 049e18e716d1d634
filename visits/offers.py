"""The ways that a package's terms offer for a visit which is not simply one session, as staff read and choose them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.templatetags.ui import money
from clinic.ui.words import session_count
from packages.eligibility import Fit
from packages.models import Package

ZERO = Decimal(0)


@dataclass(frozen=True)
class Offer:
    """So many sessions of a package and so much money beside them (S18, S51); `left` is the balance before."""

    package: Package
    sessions: Decimal
    surcharge: Decimal
    left: Decimal
    currency: str

    @property
    def left_after(self) -> Decimal:
        return max(self.left - self.sessions, ZERO)

    @property
    def words(self) -> str:
        """Use 2 sessions; use 1 session and pay ₹500; use the last 0.5 and pay ₹500."""
        facts = {"n": session_count(self.sessions), "left": session_count(self.left)}
        facts["amount"] = money(self.surcharge, self.currency)
        if not self.surcharge:
            return ngettext("Use %(n)s session", "Use %(n)s sessions", _plural(self.sessions)) % facts
        if self.left == self.sessions:
            return _("Use the last %(n)s and pay %(amount)s") % facts
        words = ngettext(
            "Use %(n)s session and pay %(amount)s",
            "Use %(n)s sessions and pay %(amount)s",
            _plural(self.sessions),
        )
        return words % facts


def offers_of(fit: Fit, currency: str) -> list[Offer]:
    """What may be chosen, where nothing else stands against the package; else nothing."""
    if not fit.can_choose:
        return []
    left = fit.package.sessions_left
    return [Offer(fit.package, way.sessions, way.surcharge, left, currency) for way in fit.ways]


def _plural(sessions: Decimal) -> int:
    return 1 if sessions == 1 else 2
