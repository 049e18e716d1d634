from .agreements import Agreement
from .changes import Change, ChangeKind
from .entries import FREE_PASS, Entry, Kind
from .memberships import Membership
from .months import MonthClose, MonthEnd, MonthSum
from .movements import Movement, Step
from .nudges import Nudge
from .packages import Activation, Package, PackageAlternative, PackageLine, Sharing, ValidityUnit
from .plans import Plan, PlanAlternative, PlanLine
from .receipts import Receipt
from .terms import RefundRule, Start, Takes, TransferRule, Where

__all__ = [
    "FREE_PASS",
    "Activation",
    "Agreement",
    "Change",
    "ChangeKind",
    "Entry",
    "Kind",
    "Membership",
    "MonthClose",
    "MonthEnd",
    "MonthSum",
    "Movement",
    "Nudge",
    "Package",
    "PackageAlternative",
    "PackageLine",
    "Plan",
    "PlanAlternative",
    "PlanLine",
    "Receipt",
    "RefundRule",
    "Sharing",
    "Start",
    "Step",
    "Takes",
    "TransferRule",
    "ValidityUnit",
    "Where",
]
