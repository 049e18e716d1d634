"""A database and a broker for tests: made in a temporary folder, gone afterwards."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ginti_run import broker, postgres, roles, run_folder
from ginti_run.failure import Failure
from ginti_run.supervisor import Supervisor


@contextmanager
def services() -> Iterator[tuple[Supervisor, dict[str, str]]]:
    """The environment of a test run: roles as in production, but the owner may make test databases.

    DATABASE_URL of a role that may create roles, and REDIS_URL, are used instead where they are set.
    """
    folder = Path(tempfile.mkdtemp(prefix="ginti-test-"))
    folder.chmod(0o711)  # root's PostgreSQL, which runs as another account, must pass through
    try:
        with Supervisor(folder) as supervisor:
            environment = {
                "SECRET_KEY": "only-for-tests-" + "x" * 40,
                "GINTI_DATA": str(folder),
                "DEBUG": "1",
            }
            environment |= _external_database() or _database(supervisor)
            environment["REDIS_URL"] = os.environ.get("REDIS_URL") or _broker(supervisor)
            yield supervisor, environment
    finally:
        for made in (run_folder.settle(folder), folder):
            shutil.rmtree(made, ignore_errors=True)


def _external_database() -> dict[str, str]:
    url = os.environ.get("DATABASE_URL")
    if not url:
        return {}
    if owner_url := os.environ.get("DATABASE_OWNER_URL"):
        return {"DATABASE_URL": url, "DATABASE_OWNER_URL": owner_url}
    if not roles.may_provision(url):
        raise Failure(
            "DATABASE_URL must name a role that may create roles, or DATABASE_OWNER_URL must be set too."
        )
    passwords, name = roles.make_passwords(), roles.database_name(url)
    roles.provision(url, passwords=passwords, development=True)
    return {
        "DATABASE_URL": roles.with_login(url, roles.APPLICATION, passwords[roles.APPLICATION], name),
        "DATABASE_OWNER_URL": roles.with_login(url, roles.OWNER, passwords[roles.OWNER], name),
    }


def _database(supervisor: Supervisor) -> dict[str, str]:
    cluster = postgres.Cluster.embedded(supervisor.data, postgres.THROW_AWAY)
    cluster.prepare()
    supervisor.start(cluster.service())
    roles.provision(cluster.url(postgres.ADMIN), development=True)
    return {"DATABASE_URL": cluster.url(roles.APPLICATION), "DATABASE_OWNER_URL": cluster.url(roles.OWNER)}


def _broker(supervisor: Supervisor) -> str:
    chosen = broker.choose(run_folder.settle(supervisor.data))
    supervisor.start(chosen.service(dict(os.environ)))
    return chosen.url
