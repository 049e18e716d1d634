from .entries import Entry, Kind
from .nudges import Nudge
from .packages import Activation, Package, PackageLine, Sharing, ValidityUnit
from .plans import Plan, PlanLine

__all__ = [
    "Activation",
    "Entry",
    "Kind",
    "Nudge",
    "Package",
    "PackageLine",
    "Plan",
    "PlanLine",
    "Sharing",
    "ValidityUnit",
]
