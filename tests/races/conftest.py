from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection

from clinic.models import Clinic
from tests.conftest import OWNER
from tests.factories import found


@pytest.fixture
def clinic(transactional_db: None) -> Clinic:
    """A clinic whose rows are committed, so that other connections see them. Enter it with clinic_context."""
    return found("races")


@pytest.fixture
def scratch(transactional_db: None) -> Iterator[None]:
    """A table without any of our guards, as the naive program would have it."""
    with _owner() as owner:
        owner.execute("CREATE TABLE scratch_of_a_race (number int, left_over int)")
    yield
    with _owner() as owner:
        owner.execute("DROP TABLE scratch_of_a_race")


def _owner() -> psycopg.Connection[Any]:
    facts = connection.get_connection_params()
    return psycopg.connect(
        host=facts.get("host"),
        port=facts.get("port"),
        dbname=facts["dbname"],
        user=OWNER["USER"],
        password=OWNER["PASSWORD"],
        autocommit=True,
    )
