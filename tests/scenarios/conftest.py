from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from clinic.models import Clinic
from clinic.tenancy.context import clinic_context
from tests.factories import found

MakeClinic = Callable[..., Clinic]


@pytest.fixture
def clinic_in(db: None) -> Iterator[MakeClinic]:
    """Make a clinic in a time zone, with a currency; it is active until the test ends."""
    with ExitStack() as stack:

        def make(zone: str = "Asia/Kolkata", **directory: str) -> Clinic:
            clinic = found("somewhere", time_zone=zone, **directory)
            stack.enter_context(clinic_context(clinic.pk))
            return clinic

        yield make
