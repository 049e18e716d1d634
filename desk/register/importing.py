"""A register becomes patients, packs with opening balances and past visits: all of it or nothing.

The keys of packs and visits come from what the rows say, so a second import of the same file changes nothing,
also after the packs were used. There is one audit line for the import and one for every service, therapist
and plan that it makes; not one for each pack.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection
from django.utils.translation import ngettext

from clinic import access, audit
from clinic.acts import act
from clinic.keys import hold, part
from clinic.models import Branch, Clinic, Patient, RegisterImport, Service, Staff
from clinic.patients.many import add_patients
from clinic.patients.services import change_patient
from clinic.refusals import Refused
from packages.models import Package
from packages.openings import PaperPack, bring_in
from packages.services import Opening
from visits.past import PastVisit, add_past_visits

from .furniture import Furniture, pack_name
from .newcomers import patient_of
from .outcome import Outcome, expected
from .register_row import RegisterRow, RowProblem
from .remarks import note_of
from .rows import Reading
from .sorting import NewPack, Sorted, batches, sort_out

ONE_AT_A_TIME = UUID("5a0c1c5e-52a4-4d5c-9a3d-3b1c0e6f7a11")
NOTHING = Decimal(0)
Progress = Callable[[int, int], None]


class BadRows(Refused):
    """Rows cannot be entered as they are; `problems` says which and why."""

    def __init__(self, problems: Iterable[RowProblem]) -> None:
        self.problems = tuple(problems)
        count = len({problem.line for problem in self.problems})
        message = ngettext(
            "%(count)d row cannot be entered. Nothing was imported.",
            "%(count)d rows cannot be entered. Nothing was imported.",
            count,
        )
        super().__init__(message % {"count": count})


@act
def import_rows(
    reading: Reading,
    *,
    clinic: Clinic,
    by: Staff | None,
    at: datetime,
    record: RegisterImport,
    as_of: date | None = None,
    skip_bad_rows: bool = False,
    progress: Progress | None = None,
) -> Outcome:
    """Enter what is new; `as_of` is the day on which the sessions were counted (today if not given).

    `record` names the file and is saved with the outcome where anything was new. Refuses with BadRows unless
    told to leave them out.
    """
    access.require(by, "import_register")
    hold(part(ONE_AT_A_TIME, str(clinic.pk)))
    today = clinic.day_of(at)
    work = sort_out(reading)
    if work.problems and not skip_bad_rows:
        raise BadRows(work.problems)
    outcome = expected(work, clinic=clinic, today=today)
    if work.packs:
        entering = Entering(clinic, by=by, today=today, as_of=as_of or today)
        entering.enter(work, progress or _nobody_watches)
        outcome.services, outcome.therapists, outcome.plans = entering.furniture.made.values()
        _keep(record, outcome, by=by, at=at)
    return outcome


class Entering:
    """One import under way."""

    def __init__(self, clinic: Clinic, *, by: Staff | None, today: date, as_of: date) -> None:
        self.clinic, self.by, self.today, self.as_of = clinic, by, today, as_of
        self.branch = Branch.objects.filter(is_active=True).order_by("pk")[0]
        self.furniture = Furniture(clinic, by=by)
        self.patients: dict[UUID, Patient] = {}

    def enter(self, work: Sorted, progress: Progress) -> None:
        done = 0
        for batch in batches(work.packs):
            self._patients(batch)
            services = [self.furniture.service_of(pack.row) for pack in batch]
            packages = self._packs(batch, services)
            self._visits(batch, packages, services)
            _settle_batch()
            done += len(batch)
            progress(done, len(work.packs))

    def _patients(self, batch: list[NewPack]) -> None:
        people = {pack.person.id: pack.person for pack in batch if pack.person.id not in self.patients}
        new = [patient_of(person, self.as_of) for person in people.values() if person.is_new]
        add_patients(new, country=self.clinic.country)
        here = Patient.objects.in_bulk([person.id for person in people.values() if not person.is_new])
        for patient in here.values():
            if people[patient.pk].has_new_phone:
                phones = people[patient.pk].phones
                change_patient(patient, by=self.by, country=self.clinic.country, phones=phones)
        self.patients |= here | {patient.pk: patient for patient in new}

    def _packs(self, batch: list[NewPack], services: list[Service]) -> list[Package]:
        packs = [self._paper_pack(*each) for each in zip(batch, services, strict=True)]
        return bring_in(
            packs, branch=self.branch, clinic=self.clinic, counted_on=self.as_of, today=self.today, by=self.by
        )

    def _paper_pack(self, pack: NewPack, service: Service) -> PaperPack:
        row = pack.row
        return PaperPack(
            key=pack.key,
            patient=self.patients[pack.person.id],
            plan=self.furniture.plan_of(row, service),
            service=service,
            name=pack_name(row),
            sold=row.sold,
            price=row.price or NOTHING,
            bought_on=_bought_on(row, self.as_of),
            opening=Opening(row.left, row.agreed_on, row.valid_until, note_of(pack, self.clinic), row.paid),
        )

    def _visits(self, batch: list[NewPack], packages: list[Package], services: list[Service]) -> None:
        past = (
            PastVisit(key, package, service, self.furniture.therapist_of(pack.row), day)
            for pack, package, service in zip(batch, packages, services, strict=True)
            for key, day in _past_days(pack)
        )
        add_past_visits(past, branch=self.branch, clinic=self.clinic, by=self.by)


def _settle_batch() -> None:
    """The deferred guards look at each batch now, and not at all of it in one long COMMIT."""
    connection.check_constraints()
    with connection.cursor() as cursor:
        # In a new installation PostgreSQL planned its checks for empty tables: a second look makes them
        # use the right index (measured with 2,000 packs: 12 s instead of 88).
        cursor.execute("DISCARD PLANS")


def _past_days(pack: NewPack) -> Iterator[tuple[UUID, date]]:
    """Each day with its key; two visits on one day are the first and the second of it."""
    for number, day in enumerate(pack.row.visits):
        yield part(pack.key, f"visit {number} on {day.isoformat()}"), day


def _bought_on(row: RegisterRow, as_of: date) -> date:
    """The first day that the register speaks of, where it does not say when the pack was bought."""
    days = (as_of, row.valid_until, *row.visits)
    return row.bought_on or min(day for day in days if day)


def _keep(record: RegisterImport, outcome: Outcome, *, by: Staff | None, at: datetime) -> None:
    record.state, record.outcome, record.finished_at = RegisterImport.State.DONE, outcome.as_json(), at
    record.table, record.by = None, by
    record.save()
    facts = {"file": record.filename, "sha256": record.sha256, **outcome.as_json()}
    audit.record("import_register", record, by=by, after=facts)


def _nobody_watches(done: int, total: int) -> None:
    pass
