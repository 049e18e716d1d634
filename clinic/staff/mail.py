from __future__ import annotations

import smtplib

import structlog
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from clinic.models import Clinic, Invitation

log = structlog.get_logger(__name__)


def mail_invitation(invitation: Invitation, *, clinic: Clinic, link: str) -> None:
    """Send the link. The page shows it too, so an unreachable mail server is only logged."""
    subject = _("%(clinic)s invites you to Ginti") % {"clinic": clinic.name}
    context = {"clinic": clinic, "invitation": invitation, "link": link}
    try:
        send_mail(
            " ".join(subject.split()),
            render_to_string("clinic/invitation.txt", context),
            None,
            [invitation.email],
        )
    except (OSError, smtplib.SMTPException) as error:
        log.error("mail_not_sent", template="clinic/invitation.txt", error=type(error).__name__)
