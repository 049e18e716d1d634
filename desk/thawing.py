"""A patient comes while the pack is frozen: the freeze ends on the visit's day and the visit is completed (S35)."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from billing import payments as money
from clinic import access
from clinic.acts import act
from clinic.keys import part
from clinic.models import Clinic, Staff
from clinic.ui.words import day
from packages import validity
from packages.models import Package
from visits import services as visits
from visits.models import Visit

from . import checkout
from .checkout import Completed


@act
def unfreeze_and_complete(
    visit: Visit,
    *,
    package: Package,
    clinic: Clinic,
    at: datetime,
    by: Staff,
    key: uuid.UUID,
    **asked: Any,
) -> Completed:
    """Unfreeze the package from the visit's day on and complete the visit with it: both or neither.

    The same key twice is the same act. Refuses as unfreezing and completing do.
    """
    access.require(by, "freeze_package")
    # The payer, the visit, its package: in the order of every act that locks them.
    money.hold_payer(Visit.objects.values_list("patient_id", flat=True).get(pk=visit.pk))
    visit = visits.locked(visit)
    on = clinic.day_of(visit.starts_at)
    validity.unfreeze(
        package,
        from_day=on,
        on=clinic.day_of(at),
        by=by,
        key=part(key, "unfreeze"),
        reason=_("The patient came to the visit of %(day)s.") % {"day": day(on)},
    )
    return checkout.complete_visit(visit, package=package, clinic=clinic, at=at, by=by, key=key, **asked)
