"""script/server: everything that Ginti needs, on one machine, from one command."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from ginti_run import application, broker, machine, orphans, run_folder
from ginti_run.database import open_database
from ginti_run.installation import (
    Address,
    open_data_folder,
    read_address,
    require_free_port,
    secret_key,
)
from ginti_run.paths import SCRIPTS
from ginti_run.say import say
from ginti_run.supervisor import Stopped, Supervisor


def run() -> int:
    """Start all, say where it is, keep it running, and stop all in reverse order."""
    began = time.monotonic()
    address = read_address()
    try:
        with open_data_folder() as data:
            say(f"Ginti keeps its data in {data}")
            if ended := orphans.end(data):
                say(f"Ended {ended} processes of a run that was killed")
            require_free_port(address)
            machine.ensure_pango()
            with Supervisor(data) as supervisor:
                _start_all(supervisor, address, began)
                supervisor.watch()
    except Stopped:
        say("Stopped.")
    return 0


def _start_all(supervisor: Supervisor, address: Address, began: float) -> None:
    data = supervisor.data
    environment = _environment(data, address)
    database = open_database(supervisor)
    environment |= {
        "DATABASE_URL": database["DATABASE_URL"],
        "REDIS_URL": _open_broker(supervisor, environment),
    }

    demo = os.environ.get("GINTI_DEMO", "1" if address.is_local else "0") == "1"
    say("Database, static files" + (", demo clinic ..." if demo else " ..."))
    prepare = [sys.executable, "-m", "ginti_run.prepare", "--static", *(["--demo"] if demo else [])]
    logins = supervisor.run_step(
        "The preparation", prepare, environment | database | {"PYTHONPATH": str(SCRIPTS)}
    )

    supervisor.start(application.web(address, environment))
    supervisor.start(application.worker(environment))
    supervisor.start(application.messenger(environment))
    supervisor.start(application.beat(data, environment))
    say(f"Web, workers and beat are running ({time.monotonic() - began:.1f} s).\n\n    {address.url}/\n")
    if logins.strip():
        say(f"{logins.rstrip()}\n")
    if mail := environment.get("GINTI_MAIL_FOLDER"):
        say(f"E-mail is not sent but kept in {mail}; name a mail server by GINTI_SMTP_HOST.")
    say(f"Logs are in {data / 'log'}. Ctrl-C stops everything.")


def _open_broker(supervisor: Supervisor, environment: dict[str, str]) -> str:
    if url := os.environ.get("REDIS_URL"):
        say("Redis: the server of REDIS_URL")
        return url
    chosen = broker.choose(run_folder.settle(supervisor.data))
    chosen.end_orphan()
    supervisor.start(chosen.service(environment))
    say(f"Redis: {chosen.remark or 'on a socket of our own'}")
    return chosen.url


def _environment(data: Path, address: Address) -> dict[str, str]:
    """What web, workers and beat see: never the URL of an administrator or of the owner."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DATABASE_")}
    defaults = {"GINTI_URL": address.url, "GINTI_STATIC": str(data / "static")}
    if address.is_local and not inherited.get("GINTI_BEHIND_PROXY"):
        # A browser drops secure cookies on plain http.
        defaults["GINTI_INSECURE_COOKIES"] = "1"
    if address.is_local and not {"GINTI_SMTP_HOST", "GINTI_EMAIL_BACKEND"} & inherited.keys():
        # A machine on which Ginti is tried has no mail server: what would be sent can be read in files.
        defaults["GINTI_EMAIL_BACKEND"] = "django.core.mail.backends.filebased.EmailBackend"
        mail = data / "mail"
        mail.mkdir(mode=0o700, exist_ok=True)
        defaults["GINTI_MAIL_FOLDER"] = str(mail)
    own = {"SECRET_KEY": secret_key(data), "GINTI_DATA": str(data), orphans.MARK: str(data)}
    return {**defaults, **inherited, **own}
