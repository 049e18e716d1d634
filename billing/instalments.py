"""Instalments: what is agreed about paying a bill's line by and by. What is paid of them: billing.instalment_states."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime

from django.utils.translation import gettext as _

from clinic import access, audit
from clinic.acts import act
from clinic.models import Clinic, Staff
from clinic.money import quantise

from .instalment_dates import Due, InstalmentsRefused, refuse_rows
from .models import BillLine, Instalment, InstalmentPlan
from .payments import hold_payer, owed_on


class AgreedMeanwhile(InstalmentsRefused):
    """Somebody else agreed on the same line; look at it before it is agreed anew."""

    def __init__(self) -> None:
        super().__init__(
            _("Instalments were agreed for this a moment ago. Open the page again to look at them.")
        )


@act
def agree_instalments(
    line: BillLine,
    *,
    rows: Sequence[Due],
    clinic: Clinic,
    at: datetime,
    by: Staff | None,
    key: uuid.UUID,
    replaces: InstalmentPlan | None = None,
    reason: str = "",
) -> InstalmentPlan:
    """Agree that what is owed on a line is paid on these days. Takes no money. The same key twice is the same plan.

    Agreed anew it replaces the plan that holds, which is given as `replaces`, with a reason. Refuses what does not add
    up to what is owed, days out of order or before today, and a line on which nothing is owed.
    """
    access.require(by, "agree_instalments")
    hold_payer(line.bill.patient_id)
    if plan := InstalmentPlan.objects.filter(key=key).first():
        return plan
    current = plan_of(line)
    if current != replaces:
        raise AgreedMeanwhile
    if replaces and not reason.strip():
        raise InstalmentsRefused(_("Write why it is agreed anew."))
    today = clinic.day_of(at)
    _refuse(line, rows, clinic=clinic, today=today)
    plan = InstalmentPlan.objects.create(
        line=line, agreed_on=today, replaces=replaces, reason=reason.strip(), by=by, key=key
    )
    Instalment.objects.bulk_create(
        [
            Instalment(plan=plan, number=n, due_on=row.on, amount=row.amount)
            for n, row in enumerate(rows, start=1)
        ]
    )
    agreed = [{"due_on": row.on.isoformat(), "amount": str(row.amount)} for row in rows]
    audit.record("agree_instalments", plan, by=by, after={"instalments": agreed, "reason": plan.reason})
    return plan


def plan_of(line: BillLine) -> InstalmentPlan | None:
    """The plan that holds for a line, if any was agreed."""
    return InstalmentPlan.objects.filter(line=line, replaced_by__isnull=True).first()


def _refuse(line: BillLine, rows: Sequence[Due], *, clinic: Clinic, today: date) -> None:
    (now,) = owed_on([line])
    owed = quantise(now.owed, clinic.currency)  # type: ignore[attr-defined]
    if owed <= 0:
        raise InstalmentsRefused(_("Nothing is owed on this."))
    refuse_rows(rows, owed=owed, today=today, currency=clinic.currency)
