"""The pages of the owner's week: every number opens its list, and a busy clinic costs no more to look at."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import time, timedelta
from io import StringIO
from random import Random
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from billing.models import PaymentLink
from clinic.models import Clinic, Role
from clinic.refusals import Refused
from desk import disputes
from desk.week_figures import BY_NAME
from desk.week_sheet import Sheet
from desk.week_sources import BILLS, DECIDED, ENDED, LINKS, OPENED, PACKAGES, VISITS, Source
from packages.models import Package
from tests.acts import bounce
from tests.factories import PatientFactory, complete, member, owner_of, package, plan, reopen, visit
from tests.online import account, wanted_link
from visits import absences
from visits.disputes import open_dispute
from visits.hours import Stretch
from visits.models import Dispute

from .weeks import MONDAY, at, came, facts, sold, the_week, therapist, works

PINNED = 25
ONE_MINUTE, ONE_DAY, HOUR = timedelta(minutes=1), timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def owner(asha: Clinic, client: Client) -> Client:
    client.force_login(owner_of(asha).user)
    return client


def busy(clinic: Clinic, random: Random, visits: int = 25) -> None:
    """Weeks in which all of it happens, up to now. What the services refuse did not happen."""
    account(clinic)
    staff = [therapist(clinic) for _ in range(2)]
    for one in staff:
        works(clinic, one, *(Stretch(day, *HOURS) for day in range(7)))
    now = timezone.now()
    packs: list[Package] = []
    moments = sorted(now - timedelta(minutes=random.randint(90, 5 * 7 * 24 * 60)) for _ in range(visits))
    for moment in moments:
        if random.random() < 0.5 or not packs:
            paid = random.choice([None, 0, 500])
            terms = {"sessions": random.choice([1, 2, 3]), "activation": "at_once", "price": 3000}
            packs.append(package(clinic, at=moment - HOUR, of=plan(**terms), paid=paid))
        patient = random.choice(packs).patient
        _visit(clinic, patient, moment, random, random.choice([*staff, None]))
    for payment in packs[0].patient.payments.all():
        bounce(clinic, payment)
    links = [wanted_link(clinic, pack.patient) for pack in packs if pack.state == "active" and not pack.paid]
    PaymentLink.objects.filter(pk__in=[link.pk for link in links[::2]]).update(state="failed")


HOURS = (time(8), time(20))


def _visit(clinic: Clinic, patient: Any, moment: Any, random: Random, who: Any) -> None:
    made = visit(clinic, patient, at=moment, therapist=who)
    act = facts(clinic, moment + ONE_MINUTE)
    match random.choice(
        ["completed", "completed", "disputed", "missed", "late", "early", "ours", "undone", "open"]
    ):
        case "completed":
            _complete(clinic, made, moment)
        case "undone":
            if done := _complete(clinic, made, moment):
                reopen(clinic, done.visit)
        case "disputed":
            if (done := _complete(clinic, made, moment)) and done.visit.entry:
                case = open_dispute(done.visit, **act | {"at": timezone.now()})
                if random.random() < 0.5:
                    decided = {"decision": Dispute.Decision.STANDS, "reason": "Signed"}
                    disputes.decide(case, **decided, **facts(clinic, timezone.now()))
        case "missed":
            absences.mark_no_show(made, **act)
        case "late":
            absences.cancel_visit(made, by_clinic=False, **act | {"at": moment - HOUR})
        case "early":
            absences.cancel_visit(made, by_clinic=False, **act | {"at": moment - 3 * ONE_DAY})
        case "ours":
            absences.cancel_visit(made, by_clinic=True, **act)


def _complete(clinic: Clinic, made: Any, moment: Any) -> Any:
    try:
        return complete(clinic, made, at=moment + HOUR)
    except Refused:
        return complete(clinic, made, at=moment + HOUR, how="free", reason="Trial")


def test_every_number_of_a_busy_week_is_as_long_as_its_list(owner: Client, asha: Clinic) -> None:
    busy(asha, Random(1))
    last_week = asha.today() - timedelta(days=7)
    present, whole = (owner.get(f"/asha/reports/week/?of={day}").context["sheet"] for day in ("", last_week))

    seen = {name for name in whole.report.lines for week in range(5) if _agrees(owner, whole, name, week)}
    seen |= {name for name in present.report.lines if _agrees(owner, present, name, 4)}

    assert seen >= set(BY_NAME) - {"won", "open", "missed", "decided", "links"}


def _agrees(owner: Client, sheet: Sheet, name: str, week: int) -> bool:
    """Whether there was any, after the number of a week was compared with its list."""
    counted = sheet.report.lines[name].weeks[week]
    list_of = owner.get(sheet.list_url(name, sheet.report.weeks[week])).context
    if name == "capacity":
        assert list_of["total"] == counted.n
    else:
        assert list_of["page"].paginator.count == counted.n, (name, week)
        assert list_of["total"] in {None, counted.amount}, (name, week)
    return bool(counted.n)


def test_every_cell_of_the_map_and_every_giver_opens_what_was_counted(owner: Client, asha: Clinic) -> None:
    busy(asha, Random(4))
    last_week = asha.today() - timedelta(days=7)
    context = owner.get(f"/asha/reports/week/?of={last_week}").context

    cells = [cell for _hour, row in context["map"].rows for cell in row if cell.url]
    assert cells
    for cell in cells:
        answer = owner.get(cell.url)
        assert answer.context["total"] == cell.used
        assert answer.context["page"].paginator.count
    for giver in owner.get("/asha/reports/week/").context["sheet"].givers:
        assert owner.get(giver.url).context["page"].paginator.count == giver.count


def test_a_list_is_paged_and_every_row_leads_to_the_thing(owner: Client, asha: Clinic) -> None:
    patient = PatientFactory(name="Gita Rao")
    for n in range(52):
        came(asha, patient, at(asha, MONDAY, 8) + n * ONE_MINUTE, how="charge")

    first = owner.get("/asha/reports/week/delivered/?of=2026-05-31")
    second = owner.get(f"/asha/reports/week/delivered/?{first.context['query']}page=2")

    assert [len(page.context["rows"]) for page in (first, second)] == [50, 2]
    for row in second.context["rows"]:
        assert owner.get(row.url).status_code == 200
    assert "Gita Rao" in second.content.decode()


def test_the_week_as_a_file_has_the_same_figures(owner: Client, asha: Clinic) -> None:
    sold(asha, MONDAY)
    came(asha, PatientFactory(), at(asha, MONDAY, 10), how="charge")

    file = owner.get("/asha/reports/week.csv?of=2026-05-25")
    lines = {row[0]: row for row in csv.reader(StringIO(file.content.decode())) if row}

    assert file["Content-Disposition"] == 'attachment; filename="week-2026-05-25.csv"'
    assert lines["Packages sold"][1] == "1"
    assert lines["Value sold"][1] == "10000.000"
    assert lines["Sessions delivered"][1:3] == ["1", "1"]


def test_while_the_week_goes_on_the_page_says_up_to_when_sales_are_compared(
    owner: Client, asha: Clinic
) -> None:
    for days in (0, 1):
        sold(asha, MONDAY + days * ONE_DAY)
    until = "?of=2026-05-25&until=2026-05-26T10:00:00"

    page = owner.get(f"/asha/reports/week/{until}")
    (shown,) = [
        row for group in page.context["sheet"].groups for row in group.rows if row.label == "Packages sold"
    ]

    assert (shown.value, shown.judged.value) == ("2", "1")
    assert owner.get(shown.judged.url).context["page"].paginator.count == 1
    assert "is compared up to the day before" in page.content.decode()
    assert "is compared up to the day before" in owner.get(f"/asha/reports/week.csv{until}").content.decode()
    assert "up to the day before" not in owner.get("/asha/reports/week/?of=2026-05-25").content.decode()


@pytest.mark.parametrize("of", ["week.csv", "week/sold.csv"])
def test_the_files_of_a_week_say_that_they_are_unicode(owner: Client, of: str) -> None:
    assert owner.get(f"/asha/reports/{of}").content.startswith(b"\xef\xbb\xbf")


def test_a_cell_that_looks_like_a_formula_is_text_in_the_file(owner: Client, asha: Clinic) -> None:
    sold(asha, MONDAY, PatientFactory(name="=1+1 Rao"))

    file = owner.get("/asha/reports/week/sold.csv?of=2026-05-25").content.decode()

    (row,) = list(csv.reader(StringIO(file)))[1:]
    assert row[1] == "'=1+1 Rao"


@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.THERAPIST])
def test_the_week_is_for_the_owner_and_the_accountant(asha: Clinic, client: Client, role: Role) -> None:
    statuses = []
    for who in (role, Role.ACCOUNTANT):
        client.force_login(member(asha, who).user)
        statuses += [client.get(f"/asha/reports/week{rest}").status_code for rest in ("/", "/sold/", ".csv")]

    assert statuses == [403, 403, 403, 200, 200, 200]


def test_the_accountant_is_led_to_the_visit_of_a_dispute_and_the_owner_to_the_case(
    asha: Clinic, client: Client
) -> None:
    done = complete(asha, visit(asha, package(asha).patient))
    case = open_dispute(done.visit, **facts(asha, timezone.now()))
    urls = []
    for staff in (owner_of(asha), member(asha, Role.ACCOUNTANT)):
        client.force_login(staff.user)
        (row,) = client.get("/asha/reports/week/opened/").context["rows"]
        assert client.get(row.url).status_code == 200
        urls.append(row.url)

    assert urls == [f"/asha/disputes/{case.pk}/", f"/asha/visits/{done.visit.pk}/"]


def test_what_is_no_figure_has_no_list(owner: Client) -> None:
    assert owner.get("/asha/reports/week/happiness/").status_code == 404


def test_an_empty_week_says_so(owner: Client) -> None:
    page = owner.get("/asha/reports/week/?of=2026-05-25").content.decode()

    assert "Nobody worked or was treated" in page
    assert "write down the working hours of each therapist" in page
    assert "Nothing was counted" in owner.get("/asha/reports/week/sold/?of=2026-05-25").content.decode()


def test_a_busy_week_asks_the_database_no_more_than_a_quiet_one(
    owner: Client, asha: Clinic, queries: Callable[[], Any]
) -> None:
    owner.get("/asha/reports/week/")
    works(asha, therapist(asha), Stretch(0, *HOURS))
    with queries() as quiet:
        owner.get("/asha/reports/week/")
    busy(asha, Random(5), visits=15)
    with queries() as loud:
        owner.get("/asha/reports/week/")

    assert quiet.count == loud.count <= PINNED, "\n".join(loud.statements)


@pytest.mark.parametrize(
    ("source", "column"),
    [
        (PACKAGES, "sold_on"),
        (VISITS, "starts_at"),
        (BILLS, "issued_at"),
        (ENDED, "happened_on"),
        (LINKS, "created_at"),
        (OPENED, "opened_at"),
        (DECIDED, "decided_at"),
    ],
)
def test_the_rows_of_a_week_are_narrowed_by_what_an_index_begins_with(
    asha: Clinic, source: Source, column: str
) -> None:
    rows = source.rows([the_week(asha)], MONDAY)
    model = rows.model

    assert f'"{model._meta.db_table}"."{column}" >= ' in str(rows.query)
    assert ["clinic", column] in [list(index.fields[:2]) for index in model._meta.indexes]
