from __future__ import annotations

import sys
from pathlib import Path

from ginti_run import broker, run_folder
from ginti_run.broker import Broker
from ginti_run.child import Child

from .conftest import running, wait_until

ENVIRONMENT = {"PATH": "/usr/bin:/bin"}


def test_a_redis_of_this_machine_listens_on_a_private_socket(data: Path) -> None:
    chosen = broker.choose(run_folder.settle(data))

    with running(chosen.service(ENVIRONMENT), data):
        assert chosen.is_ready()
        assert chosen.remark == ""
    assert not chosen.is_ready()


def test_a_redis_that_an_earlier_run_left_is_stopped(data: Path) -> None:
    chosen = broker.choose(run_folder.settle(data))
    orphan = Child(chosen.service(ENVIRONMENT), data / "redis.log")
    orphan.launch()
    wait_until(chosen.is_ready)

    chosen.end_orphan()

    wait_until(lambda: orphan.exit_code() is not None)


def test_the_demo_broker_stands_in_where_there_is_no_redis(data: Path) -> None:
    port = broker.free_port()
    command = [sys.executable, "-m", "ginti_run.demo_broker", str(port)]
    demo = Broker(command, f"redis://127.0.0.1:{port}/0", ("127.0.0.1", port), "demo broker")

    with running(demo.service(ENVIRONMENT), data):
        assert demo.is_ready()
