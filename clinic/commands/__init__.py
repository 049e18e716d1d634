"""What the management commands share: which clinics they work for."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import CommandError
from django.db import connection

from clinic.models import Clinic
from clinic.tenancy.context import clinic_context


def add_clinic(parser: ArgumentParser, *, required: bool = False) -> None:
    parser.add_argument("--clinic", metavar="SLUG", required=required, help="the clinic's address")


def chosen(slug: str | None) -> list[Clinic]:
    """The clinic of that address, or every clinic. Refuses an address that is not here."""
    if slug is None:
        return list(Clinic.objects.order_by("slug"))
    clinic = Clinic.objects.filter(slug=slug).first()
    if clinic is None:
        raise CommandError(f"No clinic has the address “{slug}”.")
    return [clinic]


@contextmanager
def working_for(clinic: Clinic) -> Iterator[Clinic]:
    """The clinic's transaction, without the web's time limit."""
    with clinic_context(clinic.pk):
        lift_time_limits()
        yield clinic


def lift_time_limits() -> None:
    """The transaction under way may take as long as it does."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0")
