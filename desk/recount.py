"""Everything recounted, over all apps: the guard of the guards."""

from __future__ import annotations

from billing.recount import CHECKS as BILLS
from billing.recount_sums import CHECKS as SUMS
from packages.movement_recount import CHECKS as MOVEMENTS
from packages.recount import CHECKS as PACKAGES
from packages.recount import Difference, differences
from visits.recount import CHECKS as VISITS

from .day_book_recount import CHECKS as BOOKS

CHECKS = PACKAGES | MOVEMENTS | VISITS | BILLS | SUMS | BOOKS


def recount() -> list[Difference]:
    """What in the active clinic is not what its raw rows add up to; empty when all is well."""
    return differences(CHECKS)
