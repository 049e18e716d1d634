"""A thousand random histories of packs, counted anew from the raw rows on every day.

LIABILITY_HISTORIES makes it more.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from clinic.tenancy.context import clinic_context
from tests.committing import undone
from tests.desk.booking import owners_connection
from tests.factories import found

from .comparing import DAYS, compare
from .histories import BRANCHES, STORIES, Acts, History, World, world

pytestmark = pytest.mark.django_db
HISTORIES = int(os.environ.get("LIABILITY_HISTORIES", "1000"))
PARTS = 4


@pytest.fixture(scope="module")
def stands(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    with owners_connection(django_db_blocker), django_db_blocker.unblock(), transaction.atomic():
        clinic = found("histories")
        with clinic_context(clinic.pk):
            yield world(clinic)
        transaction.set_rollback(True)


def live(stands: World, story: tuple[Acts, Acts, list[Acts]], numbers: tuple[int, int, int]) -> None:
    """The stories of one beginning; each is compared at its end."""
    sold, then, ways = story
    with undone():
        trunk = History(stands)
        trunk.go([*sold, *then])
        for n, way in enumerate(ways):
            with undone():
                history = trunk.branch()
                history.go(way)
                history.end()
                try:
                    compare(history, *numbers, whole=n == 0)
                except BaseException as error:
                    error.add_note("\n".join(history.story))
                    raise


@pytest.mark.parametrize("part", range(PARTS))
def test_a_thousand_histories_add_up_on_every_day(stands: World, part: int) -> None:
    """S05, S30, S36, S39 to S42, S44, S46, S51, S53"""

    @settings(
        max_examples=HISTORIES // BRANCHES // PARTS + 1,
        deadline=None,
        # A history that fails is told as it was: to make it shorter takes minutes.
        phases=(Phase.explicit, Phase.reuse, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    @given(STORIES, st.tuples(*[st.integers(0, len(DAYS) - 1)] * 3))
    def each(story: tuple[Acts, Acts, list[Acts]], numbers: tuple[int, int, int]) -> None:
        live(stands, story, numbers)

    each()
