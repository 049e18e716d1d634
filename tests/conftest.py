"""Every test runs on a real PostgreSQL as the application's role; only the schema is made by the owner."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from hypothesis import settings as hypothesis_settings

from clinic import environment
from clinic.models import Clinic
from clinic.tenancy.context import clinic_context

from .factories import found

# A busy machine is slow now and then; what is too slow is measured elsewhere.
hypothesis_settings.register_profile("ginti", deadline=None)
hypothesis_settings.load_profile("ginti")

APP_ROLE = settings.DATABASES["default"]["USER"]
APP_PASSWORD = settings.DATABASES["default"]["PASSWORD"]
OWNER = environment.database("DATABASE_OWNER_URL")


def connect_as(role: str) -> None:
    """Close the connection and open the next one as `owner` or `app`."""
    connection.close()
    user, password = (OWNER["USER"], OWNER["PASSWORD"]) if role == "owner" else (APP_ROLE, APP_PASSWORD)
    connection.settings_dict.update(USER=user, PASSWORD=password)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    connect_as("owner")  # the owner creates, migrates and drops the test database


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    flush = connection.ops.execute_sql_flush

    def flush_as_owner(sql: list[str]) -> None:
        """TransactionTestCase empties the tables: nobody may, so the owner lifts the guards for a moment."""
        connect_as("owner")
        with connection.cursor() as cursor:
            cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'never_emptied'")
            tables = [table for (table,) in cursor.fetchall()]
            for verb in ("DISABLE", "ENABLE"):
                for table in tables:
                    cursor.execute(f"ALTER TABLE {table} {verb} TRIGGER never_emptied")
                if verb == "DISABLE":
                    flush(sql)
        connect_as("app")

    connection.ops.execute_sql_flush = flush_as_owner  # type: ignore[method-assign]
    with django_db_blocker.unblock():
        _create_cache_table()
        connect_as("app")
    yield
    with django_db_blocker.unblock():
        connect_as("owner")


def _create_cache_table() -> None:
    from django.core.management import call_command

    call_command("createcachetable", verbosity=0)


@pytest.fixture(autouse=True)
def static_files_from_source(settings: Any) -> None:
    """Pages are drawn without collecting static files first."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture
def asha(db: None) -> Iterator[Clinic]:
    """The clinic of most stories (Asia/Kolkata, rupees), active for the whole test."""
    clinic = found("asha", name="Asha Physiotherapy")
    with clinic_context(clinic.pk):
        yield clinic


@pytest.fixture
def other_clinic(db: None) -> Clinic:
    """A second clinic, not active."""
    return found("other", name="Other Clinic")


@pytest.fixture
def queries() -> Callable[[], Any]:
    """Count the statements of a block, without transaction control."""
    from .counting import Queries

    return Queries
