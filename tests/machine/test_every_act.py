"""The whole count beside a model: 500 histories of 50 steps, in four parts so that they run side by side."""

from __future__ import annotations

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from .machine import EveryAct

PARTS, RUNS, STEPS = 4, 500, 50


@pytest.mark.django_db
@pytest.mark.parametrize("part", range(PARTS))
def test_all_acts_in_any_order_come_to_what_the_model_counts(part: int) -> None:
    """S05, S08, S30 to S32, S35, S36, S39 to S42, S44, S50, S51, S53"""
    assert connection.in_atomic_block
    run_state_machine_as_test(
        type(f"EveryAct{part}", (EveryAct,), {}),
        settings=settings(
            max_examples=RUNS // PARTS,
            stateful_step_count=STEPS,
            deadline=None,
            # A history that fails is told as it was: making it shorter took minutes, and a run of the suite is bounded.
            phases=(Phase.explicit, Phase.reuse, Phase.generate),
            suppress_health_check=list(HealthCheck),
        ),
    )
