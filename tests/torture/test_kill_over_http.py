"""Eight people at work over HTTP while script/server's processes are killed: what was acknowledged is there, once."""

from __future__ import annotations

import os
import re
import shutil
import signal
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ginti_run import run_folder
from tests.browser.test_main_job import manage
from tests.setup.conftest import wait_until
from tests.setup.running import Server

from .client import ALWAYS, Client
from .stack import BACK_WITHIN

pytestmark = pytest.mark.torture

DESKS = ("desk", "owner", "desk", "owner")  # they sell, bring in and complete
THERAPISTS = ("anand", "priya", "anand", "priya")  # they complete what the desk brought in for them
ROUNDS, PREPARED = 6, 9  # together less than the two packs of ten that each patient has by then
A_CHILD = "the first child of the web"
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Act(NamedTuple):
    """What a client was told."""

    kind: str  # arrived, completed, reopened: a visit; sold: a bill
    of: str


class Standing(NamedTuple):
    """What is so about a visit."""

    completed: int
    reopened: int
    live: int  # deductions that were not given back


Log = list[Act]


@pytest.fixture
def server() -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="ginti-torture-"))
    folder.chmod(0o711)
    server = Server(folder, demo=True)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        for each in (run_folder.settle(folder), folder):
            shutil.rmtree(each, ignore_errors=True)


def test_what_was_acknowledged_over_http_is_there_once_after_every_kill(server: Server) -> None:
    """S01, S02, S05, S59"""
    log: Log = []
    desk = Client(server.port, "desk@asha.example")
    patients = [add_patient(desk, n) for n in range(len(DESKS))]
    plan = str(server.ask("SELECT id FROM packages_plan WHERE name = '10 sessions' LIMIT 1")[0][0])
    clients = [Client(server.port, f"{name}@asha.example") for name in DESKS + THERAPISTS]
    for patient in patients:
        sell(desk, patient, plan, log)
    prepared = [[bring_in(desk, patient, log) for _ in range(PREPARED)] for patient in patients]

    with ThreadPoolExecutor(len(clients)) as pool:
        at_work = [
            *(
                pool.submit(work_at_the_desk, client, patient, plan, log)
                for client, patient in zip(clients, patients, strict=False)
            ),
            *(
                pool.submit(treat, client, visits, log)
                for client, visits in zip(clients[len(DESKS) :], prepared, strict=True)
            ),
        ]
        kill_things_meanwhile(server, at_work, log, lambda: sum(each.interrupted for each in clients))
    for each in at_work:
        each.result()
    assert sum(each.reminded for each in clients) > 0

    wait_until(server.is_well, seconds=BACK_WITHIN)
    everything_acknowledged_is_there_once(server, patients, log)
    assert numbers_missing(server) == []
    assert manage(server, "verify_ledger") == 0
    first = prepared[0][0]
    invented = [
        Act("completed", first),
        Act("reopened", first),
        Act("arrived", patients[0]),
        Act("sold", plan),
    ]
    for wrong in (*([*log, act] for act in invented), log[1:], log[:-1]):
        with pytest.raises(AssertionError):
            everything_acknowledged_is_there_once(server, patients, wrong)


def add_patient(desk: Client, n: int) -> str:
    page = "/asha/patients/new/"
    form = desk.form(page, having="name")
    return named_in(desk.ask("POST", page, form | {"name": f"Tarini {'Abcd'[n]}handran"}).location)


def sell(client: Client, patient: str, plan: str, log: Log) -> None:
    """A pack of ten, paid at once: that is what the form offers."""
    log.append(Act("sold", named_in(client.act(f"/asha/patients/{patient}/sale/?plan={plan}"))))


def bring_in(client: Client, patient: str, log: Log) -> str:
    """The patient is here; the visit."""
    visit = named_in(client.act(f"/asha/visits/walk-in/?patient={patient}"))
    log.append(Act("arrived", visit))
    return visit


def complete(client: Client, visit: str, log: Log) -> None:
    """As the day's one button does: which package, the server says."""
    client.act(f"/asha/visits/{visit}/completion/", only=ALWAYS)
    log.append(Act("completed", visit))


def reopen(client: Client, visit: str, log: Log) -> None:
    client.act(f"/asha/visits/{visit}/reopening/", only=ALWAYS, reason="Marked by mistake")
    log.append(Act("reopened", visit))


def work_at_the_desk(client: Client, patient: str, plan: str, log: Log) -> None:
    for n in range(ROUNDS):
        if n % 3 == 0:
            sell(client, patient, plan, log)
        complete_and_think_again(client, bring_in(client, patient, log), n, log)


def treat(client: Client, visits: list[str], log: Log) -> None:
    for n, visit in enumerate(visits):
        complete_and_think_again(client, visit, n, log)


def complete_and_think_again(client: Client, visit: str, n: int, log: Log) -> None:
    """Every second completion is taken back, and every second of those is made after all."""
    complete(client, visit, log)
    if n % 2:
        reopen(client, visit, log)
    if n % 4 == 1:
        complete(client, visit, log)


def named_in(address: str) -> str:
    """The object that an answer leads to."""
    found = UUID.findall(address)
    assert found, address
    return str(found[-1])


def kill_things_meanwhile(
    server: Server, at_work: list[Future[None]], log: Log, interrupted: Callable[[], int]
) -> None:
    """kill -9 in the middle of the load; the next one when the work has gone on since."""
    killed = {}
    for name in ("worker", A_CHILD, "postgres", "web"):
        goes_on_from = len(log) + 12
        wait_until(lambda n=goes_on_from: len(log) >= n or any(map(Future.done, at_work)), seconds=90)  # type: ignore[misc]
        assert not any(map(Future.done, at_work)), "the load ended before everything was killed"
        killed[name], disturbed = pids(server)[name], interrupted()
        os.kill(killed[name], signal.SIGKILL)
        if name in {"postgres", "web"}:
            wait_until(lambda n=disturbed: interrupted() > n, seconds=BACK_WITHIN)  # type: ignore[misc]
    wait_until(lambda: not killed.items() & pids(server).items() and killed.keys() <= pids(server).keys())


def pids(server: Server) -> dict[str, int]:
    """Of the server's processes, and of the web server's first child."""
    known = server.pids
    if "web" in known and (children := children_of(known["web"])):
        known[A_CHILD] = children[0]
    return known


def children_of(parent: int) -> list[int]:
    try:
        return sorted(map(int, Path(f"/proc/{parent}/task/{parent}/children").read_text().split()))
    except OSError:  # it ended just now
        return []


def everything_acknowledged_is_there_once(server: Server, patients: list[str], log: Log) -> None:
    """Nothing else happened to these patients, and everything was sent until it was acknowledged: so they are equal."""
    of_ours = f"patient_id IN ({', '.join(map(repr, patients))})"
    bills = server.ask(f"SELECT id FROM billing_bill WHERE kind = 'bill' AND {of_ours}")
    assert sorted(str(pk) for (pk,) in bills) == sorted(act.of for act in log if act.kind == "sold")
    assert standing_in(server, of_ours) == standing_by(log)


def standing_by(log: Log) -> dict[str, Standing]:
    """By the clients' own memory."""
    times = Counter(log)
    last = {act.of: act.kind for act in log}
    arrived = [act.of for act in log if act.kind == "arrived"]
    assert len(arrived) == len(set(arrived))
    return {
        visit: Standing(
            times[Act("completed", visit)], times[Act("reopened", visit)], int(last[visit] == "completed")
        )
        for visit in arrived
    }


def standing_in(server: Server, of_ours: str) -> dict[str, Standing]:
    """By the raw rows: the visit's own count and state, its bills, its lines in the passbooks."""
    rows: list[Any] = server.ask(f"""
        SELECT v.id, v.completions, v.state = 'completed',
               (SELECT count(*) FROM billing_bill b WHERE b.visit_id = v.id AND b.completion IS NOT NULL),
               (SELECT count(*) FROM packages_entry e WHERE e.visit_id = v.id AND e.kind = 'used'),
               (SELECT count(*) FROM packages_entry e WHERE e.visit_id = v.id AND e.kind = 'reversed'),
               (SELECT -coalesce(sum(e.sessions), 0) FROM packages_entry e WHERE e.visit_id = v.id)
          FROM visits_visit v WHERE v.{of_ours}""")
    for pk, completions, is_completed, bills, used, _, live in rows:
        assert completions == bills == used, pk
        assert live == is_completed, pk
    return {
        str(pk): Standing(completions, given_back, live)
        for pk, completions, _, _, _, given_back, live in rows
    }


def numbers_missing(server: Server) -> list[tuple[object, ...]]:
    return server.ask("""
        SELECT prefix, number FROM (
          SELECT prefix, number, row_number() OVER series AS place FROM billing_bill
          WINDOW series AS (PARTITION BY clinic_id, prefix, financial_year ORDER BY number)) b
         WHERE number <> place""")
