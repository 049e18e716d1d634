"""Made through the services, so that no test builds what cannot exist."""

from .people import StaffFactory, UserFactory, found, member, owner_of
from .patients import PatientFactory
from .services import ServiceFactory

__all__ = ["PatientFactory", "ServiceFactory", "StaffFactory", "UserFactory", "found", "member", "owner_of"]
