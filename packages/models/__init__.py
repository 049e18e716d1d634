from .entries import Entry, Kind
from .nudges import Nudge
from .packages import Activation, Package, PackageLine, Sharing, ValidityUnit
from .plans import Plan, PlanLine
from .receipts import Receipt

__all__ = [
    "Activation",
    "Entry",
    "Kind",
    "Nudge",
    "Package",
    "PackageLine",
    "Plan",
    "PlanLine",
    "Receipt",
    "Sharing",
    "ValidityUnit",
]
