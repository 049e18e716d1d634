from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .stack import Stack, stack


@pytest.fixture(scope="module")
def forged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack with some work done, for tests that damage it."""
    log: Path = tmp_path_factory.mktemp("forged") / "worker.log"
    with stack(fsync="off") as made:
        assert made.worker(30, log).wait(timeout=150) == 0
        yield made
