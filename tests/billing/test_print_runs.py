"""Many bills as one file: each of them once, whatever happens to the worker."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from pypdf import PdfReader

from billing import pdf, print_runs, tasks
from billing.models import Bill, PrintPart, PrintRun
from clinic.access import NotAllowed
from clinic.models import AuditEvent, Clinic, Role
from clinic.tenancy.context import clinic_context
from tests.factories import PatientFactory, complete, member, sale, use, visit
from tests.factories.print_runs import ask_for, print_part, print_parts
from tests.written import everything

State = PrintRun.State


@pytest.fixture(autouse=True)
def two_bills_in_a_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(print_runs, "BILLS_IN_A_PART", 2)


@pytest.fixture
def five(asha: Clinic) -> list[str]:
    """A sale and four receipts; their numbers in the order of issue."""
    use(asha, sale(asha).package, 4)
    return list(Bill.objects.order_by("issued_at", "pk").values_list("name", flat=True))


def printed(run: PrintRun) -> list[str]:
    """The numbers on the pages of the file, in their order."""
    run.refresh_from_db()
    assert run.state == State.READY, run.last_words
    pages = PdfReader(BytesIO(bytes(run.file or b""))).pages
    names = set(Bill.objects.values_list("name", flat=True))
    found = [next(name for name in names if name in page.extract_text()) for page in pages]
    return [name for place, name in enumerate(found) if place == 0 or found[place - 1] != name]


def state_of(run: PrintRun) -> tuple[str, int]:
    run.refresh_from_db()
    return run.state, run.done


def test_the_file_has_each_bill_once_and_the_oldest_first(asha: Clinic, five: list[str]) -> None:
    run = ask_for(Bill.objects.all())

    assert tasks.print_waiting(clinic_id=asha.pk) == 3
    assert printed(run) == five
    assert not PrintPart.objects.filter(file__isnull=False).exists()


def test_progress_is_what_was_printed(asha: Clinic, five: list[str]) -> None:
    run = ask_for(Bill.objects.all())
    seen = [state_of(run)]

    while part := print_runs.claim(timezone.now()):
        print_part(part)
        seen.append(state_of(run))

    assert seen == [(State.QUEUED, 0), (State.WORKING, 2), (State.WORKING, 4), (State.READY, 5)]


def test_no_bill_is_no_run(asha: Clinic) -> None:
    before = everything()

    with pytest.raises(print_runs.NothingToPrint, match="nothing to print"):
        ask_for(Bill.objects.all())

    assert everything() == before


def test_more_bills_than_one_file_may_hold_are_refused(
    asha: Clinic, five: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(print_runs, "MOST_BILLS", 4)
    before = everything()

    with pytest.raises(print_runs.TooMany, match="more than 4 bills"):
        ask_for(Bill.objects.all())

    assert everything() == before
    assert print_runs.count_for_one_file(Bill.objects.all()) == 5
    assert ask_for(Bill.objects.filter(name__in=five[:4])).total == 4


def test_a_machine_without_pango_says_so_at_once(
    asha: Clinic, five: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything()
    monkeypatch.setattr(pdf, "_weasyprint", _no_pango)

    with pytest.raises(print_runs.CannotPrint, match="cannot make PDF"):
        ask_for(Bill.objects.all())

    assert everything() == before


def test_the_same_key_twice_is_one_run(asha: Clinic, five: list[str]) -> None:
    key = uuid4()

    assert ask_for(Bill.objects.all(), key=key) == ask_for(Bill.objects.all(), key=key)
    assert PrintRun.objects.count() == 1
    assert AuditEvent.objects.filter(act="print_bills").count() == 1


def test_a_therapist_may_not(asha: Clinic, five: list[str]) -> None:
    therapist = member(asha, Role.THERAPIST)
    before = everything()

    with pytest.raises(NotAllowed):
        ask_for(Bill.objects.all(), by=therapist)

    assert everything() == before


def test_a_worker_that_is_killed_half_way_is_replaced_and_each_bill_is_there_once(
    asha: Clinic, five: list[str]
) -> None:
    run = ask_for(Bill.objects.all())
    now = timezone.now()
    killed = print_runs.claim(now)
    assert killed

    assert tasks.print_waiting(clinic_id=asha.pk) == 2
    assert state_of(run) == (State.WORKING, 3)
    assert print_parts(at=now + print_runs.LEASE) == 0
    assert print_parts(at=now + print_runs.LEASE + timedelta(seconds=1)) == 1

    assert printed(run) == five


def test_a_worker_that_was_only_slow_adds_nothing_twice(asha: Clinic, five: list[str]) -> None:
    run = ask_for(Bill.objects.all())
    now = timezone.now()
    slow = print_runs.claim(now)
    assert slow
    assert print_parts(at=now + timedelta(hours=1)) == 3

    print_part(slow)

    assert state_of(run) == (State.READY, 5)
    assert printed(run) == five


def test_a_part_that_kills_every_worker_fails_the_run(asha: Clinic, five: list[str]) -> None:
    run = ask_for(Bill.objects.all())
    now = timezone.now()
    for attempt in range(print_runs.MOST_ATTEMPTS):
        assert print_runs.claim(now + attempt * timedelta(hours=1))
        PrintPart.objects.filter(position__gt=0).update(claimed_until=now + timedelta(days=1))

    assert print_runs.claim(now + timedelta(hours=9)) is None

    assert state_of(run) == (State.FAILED, 0)
    assert run.last_words == print_runs.KILLED


def test_two_workers_share_a_run(asha: Clinic, five: list[str]) -> None:
    run = ask_for(Bill.objects.all())
    parts = [print_runs.claim(timezone.now()) for _ in range(3)]
    assert print_runs.claim(timezone.now()) is None

    for part in reversed(parts):
        assert part
        print_part(part)

    assert printed(run) == five


def test_a_run_waits_for_the_one_before(asha: Clinic, five: list[str]) -> None:
    first, second = ask_for(Bill.objects.all()), ask_for(Bill.objects.all())

    taken = [print_runs.claim(timezone.now()) for _ in range(6)]

    assert [part.run_id for part in taken if part] == [first.pk] * 3 + [second.pk] * 3


def test_what_was_cancelled_stops_and_can_go_on(asha: Clinic, five: list[str]) -> None:
    run = ask_for(Bill.objects.all())
    part = print_runs.claim(timezone.now())
    assert part
    print_part(part)

    for _twice in range(2):
        print_runs.cancel_run(run, at=timezone.now(), by=None)
    assert tasks.print_waiting(clinic_id=asha.pk) == 0
    assert state_of(run) == (State.CANCELLED, 2)
    for _twice in range(2):
        print_runs.resume_run(run, by=None)
    assert tasks.print_waiting(clinic_id=asha.pk) == 2

    assert printed(run) == five
    acts = AuditEvent.objects.filter(subject_id=run.pk).order_by("pk").values_list("act", flat=True)
    assert list(acts) == ["print_bills", "cancel_print", "resume_print"]


def test_what_was_cancelled_while_its_last_part_was_made_needs_no_more_printing(
    asha: Clinic, five: list[str]
) -> None:
    run = ask_for(Bill.objects.filter(name=five[0]))
    part = print_runs.claim(timezone.now())
    assert part
    print_runs.cancel_run(run, at=timezone.now(), by=None)
    print_part(part)
    assert state_of(run) == (State.CANCELLED, 1)

    print_runs.resume_run(run, by=None)
    tasks.print_waiting(clinic_id=asha.pk)

    assert printed(run) == five[:1]


def test_what_is_ready_can_be_neither_cancelled_nor_resumed(asha: Clinic, five: list[str]) -> None:
    run = ask_for(Bill.objects.all())
    print_parts()
    before = everything()

    with pytest.raises(print_runs.NotUnderWay, match="ready"):
        print_runs.cancel_run(run, at=timezone.now(), by=None)
    with pytest.raises(print_runs.NotUnderWay, match="ready"):
        print_runs.resume_run(run, by=None)

    assert everything() == before


def test_a_file_goes_after_a_day_and_its_row_stays(asha: Clinic, five: list[str]) -> None:
    ready, cancelled = ask_for(Bill.objects.all()), ask_for(Bill.objects.all())
    print_parts()
    PrintRun.objects.filter(pk=cancelled.pk).update(
        state=State.CANCELLED, file=None, finished_at=timezone.now()
    )
    end = timezone.now() + print_runs.KEPT_FOR

    assert print_runs.forget_old(end - timedelta(minutes=1)) == 0
    assert print_runs.forget_old(end + timedelta(minutes=1)) == 2
    assert print_runs.forget_old(end + timedelta(minutes=2)) == 0

    assert [state_of(run) for run in (ready, cancelled)] == [(State.EXPIRED, 5)] * 2
    with pytest.raises(print_runs.NotUnderWay, match="no longer kept"):
        print_runs.resume_run(cancelled, by=None)


def test_a_bill_that_breaks_the_press_fails_its_run_and_no_other(
    asha: Clinic, five: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, sound = ask_for(Bill.objects.all()), ask_for(Bill.objects.filter(name=five[0]))
    make = pdf.Press.pdf_of_many

    def breaks(press: pdf.Press, pages: list[str], paper: str) -> bytes:
        if any(five[3] in page for page in pages):
            raise ZeroDivisionError
        return make(press, pages, paper)

    monkeypatch.setattr(pdf.Press, "pdf_of_many", breaks)
    tasks.print_waiting(clinic_id=asha.pk)

    assert state_of(broken) == (State.FAILED, 2)
    assert broken.last_words == print_runs.BROKE
    assert printed(sound) == five[:1]

    monkeypatch.setattr(pdf.Press, "pdf_of_many", make)
    print_runs.resume_run(broken, by=None)
    tasks.print_waiting(clinic_id=asha.pk)
    assert printed(broken) == five


def test_where_only_the_worker_has_no_pango_the_run_says_so(
    asha: Clinic, five: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = ask_for(Bill.objects.all())
    monkeypatch.setattr(pdf, "_press", _no_pango)

    tasks.print_waiting(clinic_id=asha.pk)

    assert state_of(run) == (State.FAILED, 0)
    assert run.last_words == print_runs.CANNOT_PRINT


def test_the_moment_of_asking_is_the_moment_of_printing(asha: Clinic) -> None:
    complete(asha, visit(asha, PatientFactory()), how="charge")
    next_day = timezone.now() + timedelta(days=1)
    run = ask_for(Bill.objects.all(), at=next_day)
    print_parts()

    run.refresh_from_db()
    assert "Duplicate" in PdfReader(BytesIO(bytes(run.file or b""))).pages[0].extract_text()


def test_the_roll_is_printed_in_rows_too(asha: Clinic, five: list[str]) -> None:
    run = ask_for(Bill.objects.all(), paper="roll")
    print_parts()

    run.refresh_from_db()
    pages = PdfReader(BytesIO(bytes(run.file or b""))).pages
    assert len(pages) == 5
    assert {round(float(page.mediabox.width) / 72 * 25.4) for page in pages} == {80}


def test_after_a_turn_others_have_theirs(
    asha: Clinic, five: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[int] = []
    monkeypatch.setattr(tasks, "TURN_SECONDS", 0)
    monkeypatch.setattr(tasks.print_waiting, "delay", lambda clinic_id: rung.append(clinic_id))
    run = ask_for(Bill.objects.all())

    assert tasks.print_waiting(clinic_id=asha.pk) == 1
    assert rung == [asha.pk]
    assert state_of(run) == (State.WORKING, 2)


def test_the_sweep_looks_into_every_clinic(
    asha: Clinic, other_clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[int] = []
    monkeypatch.setattr(
        tasks.print_waiting, "apply_async", lambda kwargs, **_: rung.append(kwargs["clinic_id"])
    )

    tasks.sweep()

    assert rung == [asha.pk, other_clinic.pk]


def test_a_worker_of_one_clinic_prints_nothing_of_another(
    asha: Clinic, five: list[str], other_clinic: Clinic
) -> None:
    """S26"""
    run = ask_for(Bill.objects.all())

    assert tasks.print_waiting(clinic_id=other_clinic.pk) == 0
    assert state_of(run) == (State.QUEUED, 0)
    with clinic_context(other_clinic.pk):
        assert not PrintRun.objects.exists()


@pytest.mark.parametrize(
    "nonsense",
    [{"done": 6}, {"state": "ready"}, {"file": b"%PDF"}, {"state": "cancelled"}, {"state": "failed"}],
)
def test_the_database_refuses_what_cannot_be(
    asha: Clinic, five: list[str], nonsense: dict[str, object]
) -> None:
    run = ask_for(Bill.objects.all())

    with pytest.raises(IntegrityError, match="print_run"), transaction.atomic():
        PrintRun.objects.filter(pk=run.pk).update(**nonsense)


def _no_pango() -> None:
    raise pdf.NoPdf("cannot load library 'libpango-1.0-0'")
