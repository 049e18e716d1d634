"""A kind of message for tests of what the owner decides."""

from __future__ import annotations

import pytest

from clinic.messages import kinds
from clinic.messages.kinds import Field, Group, Kind, Timing

EXPIRING = Kind(
    name="test.expiring",
    group=Group.NUDGE,
    label="Package ends soon",
    about="Before a package ends",
    subject="{clinic}: {left} left",
    body="Hello {first_name},\n\n{left} left, valid to {until}.\n{hint}\n\n{link}\n{clinic}",
    fields=(
        Field("left", "Sessions left", "4 sessions", is_needed=True),
        Field("until", "Valid to", "30 June"),
        Field("hint", "What helps", "Book 3 a week."),
    ),
    timings=(
        Timing("days", "Days before", (14, 7, 1), 1, 90, is_list=True),
        Timing("pause", "Days of pause", (3,), 0, 30),
    ),
    for_hand=True,
)


@pytest.fixture
def expiring(monkeypatch: pytest.MonkeyPatch) -> Kind:
    """The kind, and no other, while the test runs."""
    monkeypatch.setattr(kinds, "_kinds", {})
    kinds.register(EXPIRING)
    return EXPIRING
