from __future__ import annotations

import os
import signal
import stat
from pathlib import Path

import psycopg
import pytest

from ginti_run.child import Child
from ginti_run.postgres import ADMIN, Cluster

from .conftest import running, wait_until


@pytest.fixture
def cluster(data: Path) -> Cluster:
    cluster = Cluster.embedded(data)
    cluster.prepare()
    return cluster


def note(cluster: Cluster, sql: str) -> list[tuple[object, ...]]:
    with psycopg.connect(cluster.url(ADMIN, "postgres"), autocommit=True) as connection:
        done = connection.execute(sql)
        return done.fetchall() if done.description else []


def test_only_its_own_account_reaches_it_and_nobody_over_the_network(cluster: Cluster, data: Path) -> None:
    with running(cluster.service(), data):
        assert note(cluster, "SHOW listen_addresses") == [("",)]
        assert stat.S_IMODE(cluster.socket.stat().st_mode) == 0o700


def test_what_was_acknowledged_survives_kill_9(cluster: Cluster, data: Path) -> None:
    with running(cluster.service(), data) as child:
        note(cluster, "CREATE TABLE kept (id int)")
        note(cluster, "INSERT INTO kept VALUES (1)")
        assert child.pid
        os.kill(child.pid, signal.SIGKILL)
        wait_until(lambda: child.exit_code() is not None)

    cluster.prepare()
    with running(cluster.service(), data):
        assert note(cluster, "SELECT id FROM kept") == [(1,)]


def test_a_record_whose_number_belongs_to_another_process_now_is_forgotten(
    cluster: Cluster, data: Path
) -> None:
    record = cluster.folder / "postmaster.pid"
    record.write_text(f"{os.getpid()}\n{cluster.folder}\n")

    cluster.prepare()

    assert not record.exists()
    with running(cluster.service(), data):
        assert note(cluster, "SELECT 1") == [(1,)]


def test_a_server_that_an_earlier_run_left_is_stopped(cluster: Cluster, data: Path) -> None:
    orphan = Child(cluster.service(), data / "orphan.log")
    orphan.launch()
    wait_until(cluster.is_ready)

    cluster.prepare()

    wait_until(lambda: orphan.exit_code() is not None)
    assert not cluster.is_ready()


def test_a_half_made_cluster_is_made_anew(data: Path) -> None:
    partial = data / "postgres.partial"
    partial.mkdir()
    (partial / "PG_VERSION").write_text("18\n")

    cluster = Cluster.embedded(data)
    cluster.prepare()

    assert not partial.exists()
    with running(cluster.service(), data):
        assert note(cluster, "SELECT 1") == [(1,)]
