"""What a package is on a day: the stored state where somebody decided, the derived one where the day did."""

from __future__ import annotations

from datetime import date

from .models import Package


def state_of(package: Package, today: date) -> str:
    """A stored state, or "expired" for an active package whose last day has passed."""
    if package.state == Package.State.ACTIVE and package.has_lapsed_on(today):
        return "expired"
    return package.state
