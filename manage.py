#!/usr/bin/env python
"""Django's command line. Commands that change the schema connect as the owner of the database."""

import os
import sys

# Everything else runs with the application's harmless role, also by hand.
OWNER_COMMANDS = {"migrate", "makemigrations", "sqlmigrate", "createcachetable", "flush", "seed_demo"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
    if len(sys.argv) > 1 and sys.argv[1] in OWNER_COMMANDS:
        os.environ.setdefault("GINTI_DB_ROLE", "owner")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
