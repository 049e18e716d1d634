"""Eight processes at work while the database and some of them are killed: what was acknowledged is there, once."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ginti_run import postgres
from tests.setup.conftest import wait_until

from .stack import BACK_WITHIN, Stack, acknowledged, stack

pytestmark = pytest.mark.torture

PROCESSES, ACTS = 8, 2_000
EACH = ACTS // PROCESSES


@pytest.fixture
def logs(tmp_path: Path) -> list[Path]:
    return [tmp_path / f"worker-{n}.log" for n in range(PROCESSES)]


def count(log: Path) -> int:
    return len(acknowledged([log]))


def test_what_was_acknowledged_is_there_once_after_every_kill(logs: list[Path]) -> None:
    """S01, S02, S05, S59"""
    with stack() as made:
        workers = [made.worker(EACH, log) for log in logs]
        try:
            killed = kill_things_meanwhile(made, workers, logs)
            for worker, log in zip(workers, logs, strict=True):
                assert worker.wait(timeout=300) == 0, log.with_suffix(".err").read_text()[-2000:]
        finally:
            for worker in workers:
                worker.kill()
                worker.wait()
        told = acknowledged(logs)
        assert len(told) == ACTS
        everything_acknowledged_is_there(made, told)
        nothing_is_there_twice(made, told, killed)
        the_chains_are_whole(made)
        assert made.verify_ledger() == (0, "")


def kill_things_meanwhile(made: Stack, workers: list[subprocess.Popen[bytes]], logs: list[Path]) -> int:
    """kill -9: the database at a quarter and at the half of the work, a worker at a third and at two thirds."""
    killed = 0
    for share, what in ((0.25, "database"), (0.35, "worker"), (0.5, "database"), (0.65, "worker")):
        wait_until(lambda share=share: sum(map(count, logs)) >= ACTS * share, seconds=300)  # type: ignore[misc]
        if what == "database":
            assert made.kill_and_start_again() < BACK_WITHIN
            continue
        n = max(range(PROCESSES), key=lambda n: EACH - count(logs[n]))
        workers[n].kill()
        workers[n].wait()
        killed += 1
        workers[n] = made.worker(EACH - count(logs[n]), logs[n])
    return killed


def everything_acknowledged_is_there(made: Stack, told: list[dict[str, str]]) -> None:
    bills = {
        str(pk): (name, total) for pk, name, total in made.ask("SELECT id, name, total FROM billing_bill")
    }
    entries = {str(pk): str(left) for pk, left in made.ask("SELECT id, balance_after FROM packages_entry")}
    packs = {str(pk) for (pk,) in made.ask("SELECT id FROM packages_package")}
    lost = [
        each
        for each in told
        if bills.get(each["bill"], ("", 0))[0] != each["name"]
        or ("entry" in each and entries.get(each["entry"]) != each["left"])
        or ("package" in each and each["package"] not in packs)
    ]
    assert lost == []


def nothing_is_there_twice(made: Stack, told: list[dict[str, str]], killed: int) -> None:
    """A bill that nobody was told of is one whose worker died before it could write that down."""
    names = [each["name"] for each in told] + [each["first"] for each in told if each.get("first")]
    assert len(names) == len(set(names))
    untold = [name for (name,) in made.ask("SELECT name FROM billing_bill") if name not in set(names)]
    assert len(untold) <= 2 * killed  # a sale with its first visit is two bills
    (visits,) = made.ask("SELECT count(*) FROM visits_visit WHERE state = 'completed' AND completions = 0")
    assert visits == (0,)


def the_chains_are_whole(made: Stack) -> None:
    """By window functions over the raw rows, none of the program's own sums."""
    assert (
        made.ask("""
        SELECT prefix, number FROM (
          SELECT prefix, number, row_number() OVER (PARTITION BY prefix, financial_year ORDER BY number) AS place
            FROM billing_bill) b WHERE number <> place""")
        == []
    )
    assert (
        made.ask("""
        SELECT package_id, number FROM (
          SELECT package_id, number, balance_after, row_number() OVER w AS place, sum(sessions) OVER w AS counted
            FROM packages_entry WINDOW w AS (PARTITION BY package_id ORDER BY number)) e
         WHERE number <> place OR balance_after <> counted OR balance_after < 0""")
        == []
    )
    assert (
        made.ask("""
        SELECT p.number FROM packages_package p JOIN packages_entry e ON e.package_id = p.id
         GROUP BY p.id, p.number, p.sessions_left HAVING sum(e.sessions) <> p.sessions_left""")
        == []
    )
    assert (
        made.ask("""
        SELECT v.id FROM visits_visit v LEFT JOIN packages_entry e ON e.visit_id = v.id
         GROUP BY v.id, v.state HAVING -coalesce(sum(e.sessions), 0) <> (v.state = 'completed')::int""")
        == []
    )


def test_control_without_waiting_for_the_disk_the_log_of_the_workers_shows_the_loss(logs: list[Path]) -> None:
    """The database alone looks healthy then: only somebody who remembers what was promised can tell."""
    with stack(synchronous_commit="off", wal_writer_delay="10s") as made:
        made.ask("CHECKPOINT", role=postgres.ADMIN)  # what was there before the work began stays
        worker = made.worker(10_000, logs[0])
        try:
            wait_until(lambda: count(logs[0]) > 25, seconds=150)
            worker.kill()
            worker.wait()
            made.kill_and_start_again()
        finally:
            worker.kill()
            worker.wait()

        told = acknowledged(logs)
        assert made.verify_ledger() == (0, "")
        with pytest.raises(AssertionError):
            everything_acknowledged_is_there(made, told)


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("UPDATE packages_package SET sessions_left = sessions_left + 1 WHERE number = 1", "sessions left"),
        ("UPDATE packages_entry SET sessions = -2, value = value * 2 WHERE kind = 'used'", "balance after"),
        ("DELETE FROM billing_bill WHERE prefix = 'R' AND number = 1", "bill"),
        (
            "UPDATE visits_visit SET state = 'booked', settlement = '', entry_id = NULL, completed_at = NULL",
            "visit",
        ),
    ],
)
def test_control_a_row_forged_with_the_guards_off_is_found_by_the_recount(
    sql: str, says: str, forged: Stack
) -> None:
    _, before = forged.verify_ledger()
    forged.ask(f"SET session_replication_role = replica; {sql}", role=postgres.ADMIN)

    code, found = forged.verify_ledger()

    assert code == 1
    assert says in found
    assert found != before
