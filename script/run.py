"""Where the commands in script/ begin: setup, server, test, services, screenshots. Standard library only."""

from __future__ import annotations

import os
import sys

from ginti_run import environment
from ginti_run.failure import Failure, explain_full_disk
from ginti_run.paths import VENV_PYTHON, inside_venv

NEEDS_DEVELOPMENT = {"setup": False, "server": False, "test": True, "services": False, "screenshots": True}


def main() -> int:
    """Make the environment, then do the rest inside it. A failure is one line and exit code 1."""
    command, *arguments = sys.argv[1:] or [""]
    if command not in NEEDS_DEVELOPMENT:
        raise Failure(f"Unknown command {command!r}: use {', '.join(NEEDS_DEVELOPMENT)}.")
    environment.ensure(development=NEEDS_DEVELOPMENT[command] or "--dev" in arguments)
    if command == "setup":
        return 0
    if not inside_venv():
        os.execv(VENV_PYTHON, [str(VENV_PYTHON), *sys.argv])  # noqa: S606 - our own Python
    return _run(command, arguments)


def _run(command: str, arguments: list[str]) -> int:
    """Import only the command that was asked for: each knows more than the standard library."""
    if command == "server":
        from ginti_run import server

        return server.run()
    if command == "services":
        from ginti_run import services

        return services.run()
    if command == "screenshots":
        from ginti_run import screenshots

        return screenshots.run(arguments)
    from ginti_run import test

    return test.run(arguments)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Failure, OSError) as failure:
        print(f"ginti: {explain_full_disk(failure)}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
