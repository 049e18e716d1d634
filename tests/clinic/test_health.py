"""What machines ask."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, connection
from django.http import Http404
from django.test import Client

from clinic.models import Clinic, Role
from tests.factories import member


def test_the_process_answers_without_asking_the_database(client: Client) -> None:
    # no database fixture: a query would fail the test
    assert client.get("/healthz").json() == {"process": "ok"}


def test_ready_when_database_broker_and_migrations_are_well(client: Client, db: None) -> None:
    answer = client.get("/readyz")

    assert answer.json() == {"ready": True, "database": "ok", "broker": "ok", "migrations": "ok"}
    assert answer.status_code == 200


@pytest.fixture
def black_hole() -> Iterator[str]:
    """A broker that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"redis://127.0.0.1:{listener.getsockname()[1]}/0"


def test_a_broker_that_never_answers_costs_about_a_second(
    client: Client, db: None, settings: Any, black_hole: str
) -> None:
    settings.CELERY_BROKER_URL = black_hole
    started = time.monotonic()

    answer = client.get("/readyz")

    assert time.monotonic() - started < 3
    assert answer.status_code == 503
    assert answer.json()["broker"] == "TimeoutError"
    assert answer.json()["database"] == "ok"


def test_a_broker_that_is_gone_is_named_without_its_password(client: Client, db: None, settings: Any) -> None:
    settings.CELERY_BROKER_URL = "redis://:secret@127.0.0.1:1/0"

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert "secret" not in answer.content.decode()


def test_not_ready_while_a_migration_waits(client: Client, db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'clinic' AND name = '0002_guards'")

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["migrations"] == "1 pending"


def test_numbers_are_for_this_machine_and_for_who_has_the_token(
    client: Client, asha: Clinic, settings: Any
) -> None:
    client.force_login(member(asha, Role.OWNER).user)
    client.get("/asha/staff/")
    afar = {"REMOTE_ADDR": "203.0.113.9"}

    near = client.get("/metrics")
    assert near["Content-Type"].startswith("text/plain")
    assert (
        'ginti_answer_seconds_count{method="GET",page="staff:staff_list",status="200"}'
        in near.content.decode()
    )
    assert "asha" not in near.content.decode()

    assert client.get("/metrics", **afar).status_code == 404
    assert client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer "}, **afar).status_code == 404
    settings.METRICS_TOKEN = "a long token"
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}, **afar).status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer a long token"}, **afar).status_code == 200


@pytest.mark.parametrize(
    ("broken", "status"),
    [(OperationalError("gone"), 503), (ValueError("bug"), 500), (Http404(), 404), (PermissionDenied(), 403)],
)
def test_what_breaks_answers_with_a_page_of_ours_and_keeps_nothing(
    asha: Clinic, broken: Exception, status: int
) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(member(asha, Role.OWNER).user)
    form = {"name": "Half done", "role": "therapist", "registration": ""}

    with patch("clinic.staff.views.redirect", side_effect=broken):  # after the colleague was written
        answer = client.post("/asha/staff/new/", form)

    assert answer.status_code == status
    assert 'class="public"' in answer.content.decode()
    assert ("Retry-After" in answer) is (status == 503)
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
    assert "no-store" in answer["Cache-Control"]
    assert "Half done" not in client.get("/asha/staff/").content.decode()


@pytest.mark.parametrize("path", ["/nowhere", "/nowhere/", "/asha/../etc/passwd/", "/\x00/"])
def test_what_is_not_there_is_a_page_of_ours(client: Client, db: None, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code == 404
    assert 'class="public"' in answer.content.decode()


def test_a_foreign_host_is_refused_with_a_page_of_ours(db: None, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["ginti.test"]

    answer = Client(raise_request_exception=False).get("/", headers={"Host": "evil.test"})

    assert answer.status_code == 400
    assert 'class="public"' in answer.content.decode()
    assert "evil.test" not in answer.content.decode()
