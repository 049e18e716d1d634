"""Signing in, through allauth."""

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """E-mail and password; where to go afterwards is the list of clinics, which forwards when there is one."""
