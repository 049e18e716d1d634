"""What a clause is called where a line of the passbook names it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

CLAUSES = {
    "activation": _("from when it can be used"),
    "validity": _("validity"),
    "extension": _("extension"),
    "freeze": _("freezing"),
    "closure": _("days the clinic was closed"),
    "late_cancel": _("late cancellation"),
    "no_show": _("not coming"),
    "free_pass": _("free passes"),
    "transfer": _("transfer"),
    "refund": _("refund"),
    "suspension": _("suspension"),
    "void": _("sold by mistake"),
    "therapists": _("therapists"),
    "branches": _("branches"),
}


def clause_name(clause: str) -> str:
    """The name of a clause in the active language; nothing where a line names none."""
    return str(CLAUSES.get(clause, clause.replace("_", " ")))
