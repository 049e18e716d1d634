"""The months of memberships: opened with their bills when the month before has ended."""

from __future__ import annotations

from datetime import datetime

from billing import services as billing
from billing.models import BillKind
from clinic.acts import act
from clinic.keys import part
from clinic.models import Clinic
from packages import memberships
from packages.models import Membership, Package

from . import receipts


@act
def renew(membership: Membership, *, clinic: Clinic, at: datetime) -> list[Package]:
    """Open every month that has begun by now, each with its bill. Asked twice, or after a standstill, it comes to the
    same months."""
    opened = []
    while package := memberships.open_next_month(membership, on=clinic.day_of(at)):
        line = billing.package_line(package)
        bill = billing.issue_bill(
            package.patient,
            kind=BillKind.BILL,
            lines=[line],
            branch=package.branch,
            clinic=clinic,
            at=at,
            by=None,
            key=part(package.key, "bill"),
            package=package,
        )
        receipts.queue_receipt(bill, clinic=clinic)
        opened.append(package)
    return opened
