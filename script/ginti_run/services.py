"""script/services: the throw-away database and broker of the tests, for running pytest by hand."""

from __future__ import annotations

import shlex

from ginti_run.say import say
from ginti_run.supervisor import Stopped
from ginti_run.throw_away import services


def run() -> int:
    """Print the lines to export, then stay until stopped."""
    try:
        with services() as (supervisor, environment):
            for name, value in environment.items():
                say(f"export {name}={shlex.quote(value)}")
            say("# Running until Ctrl-C.")
            supervisor.watch()
    except Stopped:
        pass
    return 0
