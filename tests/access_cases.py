"""What the generated access tests need: the URL table, and an object of a clinic for every URL argument.

A new URL is covered at once. Where it takes an argument that is not known here, the tests say so: add a
property of that name to World. Where a page asks for an object in a certain state, say which one in SPECIAL.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from billing.credits import sale_line
from billing.instalment_dates import Due
from billing.instalments import agree_instalments
from billing.models import Bill, BillLine, GatewayEvent, GatewayQuestion, Good, Method, StatementKind
from billing.payments import Tender
from clinic.messages import kinds, outbox
from clinic.models import Branch, ChannelAccount, Clinic, Patient, Relation, Reply, Role
from clinic.patients.links import make_link
from clinic.staff.invitations import invite
from desk.attendance.issuing import issue_statement
from desk.attendance.scope import Scope
from desk.checkout import take_payment
from desk.register.steps import receive
from packages.models import Package
from tests.factories import (
    PatientFactory,
    ServiceFactory,
    complete,
    member,
    owner_of,
    package,
    plan,
    sale,
    visit,
)
from tests.factories.print_runs import ask_for, print_parts
from tests.messages.deciding import EXPIRING
from tests.online import account, wanted_link
from visits.closures import close_clinic
from visits.disputes import open_dispute
from visits.models import Visit
from visits.series import book_series

# The design page, which is served only where DEBUG is on.
ONLY_WHILE_DEVELOPING = {"ui", "ui_desk", "ui_find"}

# URL name -> argument -> the property of World to use instead.
SPECIAL: dict[str, dict[str, str]] = {
    "billing:visit_bill": {"visit_id": "completed_visit_id"},
    "packages:membership": {"package_id": "month_id"},
    "packages:membership_return": {"package_id": "month_id"},
}

# Arguments that name no object.
PLAIN = {
    "seal": "no-such-seal",
    "token": "no-such-token",
    "secret": "no-such-secret",
    "day": "2026-05-31",
    "figure": "sold",
    "language": "hi",
    "row": "used",
}


class World:
    """One patient of a clinic, and all that hangs on them, each made when it is first asked for. Must be read
    inside the clinic."""

    def __init__(self, clinic: Clinic) -> None:
        self.clinic = clinic

    def arguments(self, name: str, arguments: frozenset[str]) -> dict[str, Any]:
        """The arguments of a URL for objects of this clinic."""
        special = SPECIAL.get(name, {})
        given: dict[str, Any] = {"clinic": self.clinic.slug}
        for argument in arguments - {"clinic"}:
            given[argument] = (
                PLAIN[argument] if argument in PLAIN else getattr(self, special.get(argument, argument))
            )
        return given

    @cached_property
    def patient(self) -> Patient:
        made: Patient = PatientFactory()
        return made

    @cached_property
    def package(self) -> Package:
        return package(self.clinic, self.patient)

    @cached_property
    def completed(self) -> Any:
        assert self.package
        return complete(self.clinic, visit(self.clinic, self.patient))

    @cached_property
    def dispute_id(self) -> Any:
        facts = {"at": timezone.now(), "by": owner_of(self.clinic), "key": uuid4()}
        return open_dispute(self.completed.visit, clinic=self.clinic, **facts).pk

    @cached_property
    def visit(self) -> Visit:
        assert self.package
        return visit(self.clinic, self.patient)

    @cached_property
    def month_id(self) -> Any:
        return package(self.clinic, self.patient, of=plan(renews_monthly=True)).pk

    @cached_property
    def series_id(self) -> Any:
        facts = {"service": ServiceFactory(), "branch": Branch.objects.get(), "by": None, "key": uuid4()}
        times = [timezone.now() + timedelta(days=n) for n in (1, 2)]
        return book_series(self.patient, times=times, **facts)[0].series_id

    @cached_property
    def closure_id(self) -> Any:
        days = {"first_day": self.clinic.today(), "last_day": self.clinic.today(), "reason": "Diwali"}
        facts = {"at": timezone.now(), "by": owner_of(self.clinic), "key": uuid4()}
        return close_clinic(clinic=self.clinic, **days, **facts).pk

    @property
    def patient_id(self) -> Any:
        return self.patient.pk

    @property
    def package_id(self) -> Any:
        return self.package.pk

    @property
    def visit_id(self) -> Any:
        return self.visit.pk

    @property
    def completed_visit_id(self) -> Any:
        return self.completed.visit.pk

    @property
    def bill_id(self) -> Any:
        return self.completed.bill.pk

    @cached_property
    def payment_id(self) -> Any:
        facts = {"tenders": [Tender(Method.CASH, Decimal(500))], "branch": Branch.objects.get()}
        when = {"at": timezone.now(), "by": owner_of(self.clinic), "key": uuid4()}
        return take_payment(self.patient, clinic=self.clinic, **facts, **when)[0].pk

    @cached_property
    def message_id(self) -> Any:
        told = outbox.plain(self.patient, channel="by_hand", occasion="told", subject="Told", body="2 left.")
        outbox.put([told])
        return told.pk

    @cached_property
    def reply_id(self) -> Any:
        facts = {"channel": "whatsapp", "sender": "+919820011111", "words": "Yes", "provider_id": "in-1"}
        return Reply.objects.create(patient=self.patient, received_at=timezone.now(), **facts).pk

    @cached_property
    def kind(self) -> str:
        """A kind of message; of our own while the program registers none."""
        if not kinds.all_kinds():
            kinds.register(EXPIRING)
        return kinds.all_kinds()[0].name

    @cached_property
    def channel(self) -> str:
        """A channel that the clinic has an account for."""
        ChannelAccount.objects.create(channel="whatsapp")
        return "whatsapp"

    @cached_property
    def good_id(self) -> Any:
        return Good.objects.create(name="Knee brace", price=Decimal(900)).pk

    @cached_property
    def statement_id(self) -> Any:
        scope = Scope(self.patient, self.package)
        facts = {"at": timezone.now(), "by": owner_of(self.clinic), "key": uuid4()}
        return issue_statement(scope, kind=StatementKind.ATTENDANCE, clinic=self.clinic, **facts).pk

    @cached_property
    def plan_id(self) -> Any:
        return plan().pk

    @cached_property
    def service_id(self) -> Any:
        return plan().lines.get().service_id

    @cached_property
    def line_id(self) -> Any:
        return self.owing.pk

    @cached_property
    def owing(self) -> BillLine:
        """A line on which something is owed."""
        line = sale_line(sale(self.clinic, self.patient, paid=0).package)
        assert line is not None
        return line

    @cached_property
    def instalment_id(self) -> Any:
        rows = [Due(self.clinic.today(), Decimal(10_000))]
        facts = {"at": timezone.now(), "by": owner_of(self.clinic), "key": uuid4()}
        return agree_instalments(self.owing, rows=rows, clinic=self.clinic, **facts).instalments.get().pk

    @property
    def branch_id(self) -> Any:
        return Branch.objects.get().pk

    @cached_property
    def staff_id(self) -> Any:
        return member(self.clinic, Role.THERAPIST).pk

    @cached_property
    def invitation_id(self) -> Any:
        asked = {"email": "new@example.test", "name": "New", "role": Role.THERAPIST}
        return invite(**asked, at=timezone.now(), by=owner_of(self.clinic))[0].pk

    @cached_property
    def import_id(self) -> Any:
        file = b"Name,Sessions,Used\nAsha Sharma,10,7\n"
        by = owner_of(self.clinic)
        return receive("register.csv", file, clinic=self.clinic, by=by, at=timezone.now()).pk

    @cached_property
    def run_id(self) -> Any:
        """Bills printed as one file."""
        assert self.completed
        run = ask_for(Bill.objects.all())
        print_parts()
        return run.pk

    @cached_property
    def relation_id(self) -> Any:
        return Relation.objects.create(
            owner=self.patient, person=PatientFactory(), since=self.clinic.today()
        ).pk

    @cached_property
    def payment_link_id(self) -> Any:
        account(self.clinic)
        sale(self.clinic, self.patient, paid=0)
        return wanted_link(self.clinic, self.patient).pk

    @cached_property
    def question_id(self) -> Any:
        said = GatewayEvent.objects.create(event_id="said", kind="payment.dispute.created", body="{}")
        return GatewayQuestion.objects.create(event=said, kind=GatewayQuestion.Kind.DISPUTE).pk

    @cached_property
    def link_id(self) -> Any:
        make_link(self.patient, by=owner_of(self.clinic))
        return self.patient.links.get().pk


def names_of(
    patterns: Iterable[URLPattern | URLResolver], prefix: str = "", outer: frozenset[str] = frozenset()
) -> list[tuple[str, frozenset[str]]]:
    """Every named URL of the table with the names of its arguments."""
    names = []
    for pattern in patterns:
        arguments = outer | set(re.compile(pattern.pattern.regex).groupindex)
        if isinstance(pattern, URLResolver):
            inner = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            names += names_of(pattern.url_patterns, inner, frozenset(arguments))
        else:
            names.append((f"{prefix}{pattern.name}", frozenset(arguments)))
    return names


def url_table() -> dict[str, frozenset[str]]:
    """Name and arguments of every URL; names of several apps of one name count once."""
    table = dict(names_of(get_resolver(settings.ROOT_URLCONF).url_patterns))
    return {name: arguments for name, arguments in table.items() if name not in ONLY_WHILE_DEVELOPING}


def address(name: str, given: dict[str, Any]) -> str:
    return reverse(name, kwargs=given)
