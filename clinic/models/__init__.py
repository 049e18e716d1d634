from .audit import AuditEvent
from .clinics import Branch, Clinic, ClinicSettings, Counter
from .imports import RegisterImport
from .keys import ActKey
from .messages import Message
from .patients import Patient, PatientLink, Relation, SearchTerm
from .people import Invitation, Role, Staff, User
from .services import Service

__all__ = [
    "ActKey",
    "AuditEvent",
    "Branch",
    "Clinic",
    "ClinicSettings",
    "Counter",
    "Invitation",
    "Message",
    "Patient",
    "PatientLink",
    "RegisterImport",
    "Relation",
    "Role",
    "SearchTerm",
    "Service",
    "Staff",
    "User",
]
