"""Made through the services, so that no test builds what cannot exist."""

from .messages import told
from .packages import complete, package, plan, reopen, sale, use, visit
from .patients import PatientFactory
from .people import PASSWORD, StaffFactory, UserFactory, found, member, owner_of
from .services import ServiceFactory
from .standing import bring_to

__all__ = [
    "PASSWORD",
    "PatientFactory",
    "ServiceFactory",
    "StaffFactory",
    "UserFactory",
    "bring_to",
    "complete",
    "found",
    "member",
    "owner_of",
    "package",
    "plan",
    "reopen",
    "sale",
    "told",
    "use",
    "visit",
]
