from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.db import transaction

from clinic.tenancy.context import clinic_context
from tests.committing import check_now
from tests.desk.booking import owners_connection
from tests.factories import found

from .months import MONTHS
from .story import Story, Told, the_clock_is_stated, told_of

pytest.register_assert_rewrite("tests.liability.comparing")


@pytest.fixture(scope="module")
def answered() -> dict[date, Told]:
    """What was told of each day as it ended."""
    return {}


@pytest.fixture(scope="module")
def story(django_db_setup: None, django_db_blocker: Any, answered: dict[date, Told]) -> Iterator[Story]:
    """The four months of test_example, told once for each file and only read by its tests."""

    def day_ends(day: date) -> None:
        answered[day] = told_of(day)

    with owners_connection(django_db_blocker), django_db_blocker.unblock(), transaction.atomic():
        clinic = found("asha")
        with clinic_context(clinic.pk):
            the_clock_is_stated()
            story = Story(clinic, day_ends)
            for month in MONTHS:
                month(story)
            check_now()
            yield story
        transaction.set_rollback(True)
