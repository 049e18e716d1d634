"""What a package that is no plain pack says of itself: a month of a membership, or a referral."""

from __future__ import annotations

from django import template

from clinic.models import Clinic
from packages.membership_words import told
from packages.models import Package

from ..referrals import said

register = template.Library()


@register.simple_tag
def kind_of(package: Package, clinic: Clinic) -> str:
    """Its sentence; nothing of other packages, for which the database is not asked."""
    if package.is_referral:
        return said(package)
    return told(package, clinic.today()) if package.membership_id else ""
