"""The processes of Ginti itself: web, worker, messenger, beat."""

from __future__ import annotations

import http.client
import os
from pathlib import Path

from ginti_run.child import Service
from ginti_run.installation import Address
from ginti_run.paths import ROOT, VENV_PYTHON


def web(address: Address, environment: dict[str, str]) -> Service:
    """gunicorn; GINTI_WEB_WORKERS processes of four threads."""
    command = [str(VENV_PYTHON), "-m", "gunicorn", "clinic.wsgi:application", "--chdir", str(ROOT)]
    command += ["--bind", address.bind, "--worker-class", "gthread", "--threads", "4"]
    command += ["--workers", os.environ.get("GINTI_WEB_WORKERS") or "2"]
    command += ["--graceful-timeout", "10", "--no-control-socket"]
    if Path("/dev/shm").is_dir():  # noqa: S108 - a heartbeat on a slow disk would stop healthy workers
        command += ["--worker-tmp-dir", "/dev/shm"]  # noqa: S108
    environment = {"GINTI_WARM_PDF": "1"} | environment  # no user waits for the first bill
    return Service("web", command, environment, is_ready=lambda: _answers(address), patience=15)


def worker(environment: dict[str, str]) -> Service:
    """The Celery worker, for all but messages."""
    options = ["--concurrency", os.environ.get("GINTI_TASK_WORKERS") or "1", "--loglevel", "WARNING"]
    return Service("worker", [*_celery("worker"), "--queues", "celery", *options], environment)


def messenger(environment: dict[str, str]) -> Service:
    """The Celery worker that sends messages: threads, which wait for providers. It may finish the message in hand."""
    options = ["--queues", "messages", "--hostname", "messenger@%h", "--loglevel", "WARNING"]
    options += ["--pool", "threads", "--concurrency", os.environ.get("GINTI_MESSAGE_THREADS") or "8"]
    return Service("messenger", [*_celery("worker"), *options], environment, patience=30)


def beat(data: Path, environment: dict[str, str]) -> Service:
    """The Celery clock: once in an installation, or everything that is due is due twice."""
    schedule = ["--schedule", str(data / "beat-schedule"), "--pidfile", "", "--loglevel", "WARNING"]
    return Service("beat", [*_celery("beat"), *schedule], environment)


def _celery(command: str) -> list[str]:
    return [str(VENV_PYTHON), "-m", "celery", "--workdir", str(ROOT), "--app", "clinic", command]


def _answers(address: Address) -> bool:
    """Whether anything but an error comes back. 400 is an answer too: GINTI_ALLOWED_HOSTS may not name us."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address.host, address.host)  # noqa: S104 - we only ask there
    connection = http.client.HTTPConnection(host, address.port, timeout=10)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
