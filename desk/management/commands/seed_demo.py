from __future__ import annotations

import time
from contextlib import nullcontext
from datetime import datetime
from heapq import heapify, heappop, heappush
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import connection, transaction
from django.utils import timezone

from clinic.countries import HOME
from clinic.models import Clinic
from clinic.tenancy.context import clinic_context
from desk.demo import people
from desk.demo.letters import write_letters
from desk.demo.logins import print_logins
from desk.demo.places import PLACES, Place
from desk.demo.setting import demo_user, founded, furnish
from desk.demo.story import Event, Story

A_BATCH = 500
A_SMALL_CLINIC = 1000


class Command(BaseCommand):
    help = "Fill an installation with believable clinics. The same seed gives the same data."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--clinics", type=int, default=2)
        parser.add_argument("--patients", type=int, default=32, help="in each clinic")
        parser.add_argument("--packages", type=int, default=30, help="in each clinic")
        parser.add_argument("--visits", type=int, default=190, help="in each clinic, about")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--country", choices=PLACES, default=HOME, help="where the clinics are")
        parser.add_argument("--if-empty", action="store_true", help="do nothing where a clinic exists")

    def handle(self, *, clinics: int, seed: int, country: str, if_empty: bool, **sizes: Any) -> None:
        if if_empty and Clinic.objects.exists():
            return
        place = PLACES[country]
        for n in range(clinics):
            slug, name, address = place.clinics[n % len(place.clinics)]
            slug = slug if n < len(place.clinics) else f"{slug}-{n}"
            if Clinic.objects.filter(slug=slug).exists():
                self.stdout.write(f"{slug}: is here already, left as it is.")
                continue
            # All or nothing, so that a start that was cut short begins anew; a big one commits batch by batch.
            with transaction.atomic() if sizes["visits"] <= A_SMALL_CLINIC else nullcontext():
                self._seed(slug, name, address, place=place, seed=seed, **sizes)
        print_logins(self.stdout, place.clinics[0][0])

    def _seed(
        self,
        slug: str,
        name: str,
        address: str,
        *,
        place: Place,
        seed: int,
        patients: int,
        packages: int,
        visits: int,
        **_: Any,
    ) -> None:
        now = timezone.now()
        clinic = founded(slug, name, demo_user("owner", slug, people.STAFF[0][1]), place=place)
        with clinic_context(clinic.pk):
            story = Story(furnish(clinic, address, place=place), seed=seed, now=now)
            events = story.plan(patients=patients, packages=packages, visit_count=visits)
        story.events = []
        self._play(clinic, story, events)
        with clinic_context(clinic.pk):
            write_letters(clinic, timezone.now())

    def _play(self, clinic: Clinic, story: Story, events: list[Event]) -> None:
        """Run the events in the order of time, a batch a transaction; an event may plan later ones."""
        heapify(events)
        done, started = 0, time.monotonic()
        while events:
            with clinic_context(clinic.pk):
                for _ in range(min(A_BATCH, len(events))):
                    event = heappop(events)
                    _at_that_moment(event.at)
                    event.do(event.at)
                    while story.events:
                        heappush(events, story.events.pop())
                    done += 1
            rate = done / (time.monotonic() - started)
            self.stdout.write(f"{clinic.slug}: {done} events, {len(events)} to go, {rate:.0f} a second")


def _at_that_moment(moment: datetime) -> None:
    """The ledger's clock, for this transaction: only the owner of the database may set it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.recorded_at', %s, true)", [moment.isoformat()])
