from .audit import AuditEvent
from .clinics import Branch, Clinic, ClinicSettings, Counter
from .imports import RegisterImport
from .keys import ActKey
from .letters import StaffLetter
from .messages import Consent, Message, MessageAttempt, MessageReport, Reply
from .messaging import ChannelAccount, MessageSettings, Wording
from .patients import Patient, PatientLink, Relation, SearchTerm
from .people import Invitation, Role, Staff, User
from .services import Service

__all__ = [
    "ActKey",
    "AuditEvent",
    "Branch",
    "ChannelAccount",
    "Clinic",
    "ClinicSettings",
    "Consent",
    "Counter",
    "Invitation",
    "Message",
    "MessageAttempt",
    "MessageReport",
    "MessageSettings",
    "Patient",
    "PatientLink",
    "RegisterImport",
    "Relation",
    "Reply",
    "Role",
    "SearchTerm",
    "Service",
    "Staff",
    "StaffLetter",
    "User",
    "Wording",
]
