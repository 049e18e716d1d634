from typing import Any

from django.core.management.base import BaseCommand

from desk.demo.logins import print_logins


class Command(BaseCommand):
    help = "Print the logins of the demonstration clinic and a fresh patient link."

    def handle(self, *args: Any, **options: Any) -> None:
        print_logins(self.stdout)
