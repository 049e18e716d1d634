"""The day that counts is the clinic's local day, and a validity ends on the day that was printed."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from django.utils import translation
from hypothesis import assume, given
from hypothesis import strategies as st

from clinic.calendar import day_bounds, describe_validity, financial_year, local_day, valid_until

KOLKATA = ZoneInfo("Asia/Kolkata")
LOS_ANGELES = ZoneInfo("America/Los_Angeles")
days = st.dates(date(2000, 1, 1), date(2100, 12, 31))
ONE_DAY = timedelta(days=1)


def test_half_past_eleven_at_night_in_kolkata_is_still_the_day() -> None:
    """S27"""
    moment = datetime(2026, 5, 31, 23, 30, tzinfo=KOLKATA)

    assert local_day(moment, KOLKATA) == valid_until(date(2026, 3, 1), 3, "months") == date(2026, 5, 31)


def test_half_past_midnight_in_kolkata_is_the_next_day_though_utc_says_otherwise() -> None:
    """S28"""
    moment = datetime(2026, 6, 1, 0, 30, tzinfo=KOLKATA).astimezone(UTC)

    assert moment.date() == date(2026, 5, 31)
    assert local_day(moment, KOLKATA) == date(2026, 6, 1) > valid_until(date(2026, 3, 1), 3, "months")


def test_an_afternoon_in_los_angeles_is_the_day_though_utc_is_further() -> None:
    """S29"""
    moment = datetime(2026, 5, 31, 17, 30, tzinfo=LOS_ANGELES).astimezone(UTC)

    assert moment.date() == date(2026, 6, 1)
    assert local_day(moment, "America/Los_Angeles") == date(2026, 5, 31)


@pytest.mark.parametrize(
    ("utc", "zone", "day"),
    [
        ("2026-05-31 18:29:59.999999", "Asia/Kolkata", "2026-05-31"),
        ("2026-05-31 18:30:00", "Asia/Kolkata", "2026-06-01"),
        ("2026-03-31 18:29:59", "Asia/Kolkata", "2026-03-31"),
        ("2026-03-31 18:31:00", "Asia/Kolkata", "2026-04-01"),
        ("2026-06-01 06:59:59", "America/Los_Angeles", "2026-05-31"),
        ("2026-06-01 07:00:00", "America/Los_Angeles", "2026-06-01"),
        ("2026-03-08 07:59:59", "America/Los_Angeles", "2026-03-07"),
        ("2026-03-08 08:00:00", "America/Los_Angeles", "2026-03-08"),
        ("2026-03-09 06:59:59", "America/Los_Angeles", "2026-03-08"),
        ("2026-03-09 07:00:00", "America/Los_Angeles", "2026-03-09"),
        ("2026-11-01 08:30:00", "America/Los_Angeles", "2026-11-01"),
        ("2026-11-02 07:59:59", "America/Los_Angeles", "2026-11-01"),
        ("2026-11-02 08:00:00", "America/Los_Angeles", "2026-11-02"),
        ("2028-02-28 18:30:00", "Asia/Kolkata", "2028-02-29"),
    ],
)
def test_the_local_day_turns_at_local_midnight(utc: str, zone: str, day: str) -> None:
    """S27 S28 S29"""
    moment = datetime.fromisoformat(utc).replace(tzinfo=UTC)

    assert local_day(moment, zone) == date.fromisoformat(day)


def test_a_moment_without_a_zone_has_no_local_day() -> None:
    with pytest.raises(ValueError, match="without a time zone"):
        local_day(datetime(2026, 5, 31, 12), KOLKATA)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("day", "zone", "start", "hours"),
    [
        ("2026-05-31", "Asia/Kolkata", "2026-05-30 18:30", 24),
        ("2026-03-08", "America/Los_Angeles", "2026-03-08 08:00", 23),
        ("2026-11-01", "America/Los_Angeles", "2026-11-01 07:00", 25),
        ("2024-04-26", "Africa/Cairo", "2024-04-25 22:00", 23),  # the clock goes from 00:00 to 01:00
        ("2026-04-05", "Australia/Lord_Howe", "2026-04-04 13:00", 24.5),
    ],
)
def test_a_day_reaches_from_midnight_to_midnight(day: str, zone: str, start: str, hours: float) -> None:
    first, after = day_bounds(date.fromisoformat(day), zone)

    assert first == datetime.fromisoformat(start).replace(tzinfo=UTC)
    assert after - first == timedelta(hours=hours)


@given(day=days, zone=st.sampled_from(sorted(available_timezones())))
def test_the_bounds_of_a_day_agree_with_the_local_day(day: date, zone: str) -> None:
    first, after = day_bounds(day, zone)
    assume(after > first)  # Samoa had no 30 December 2011

    assert local_day(first, zone) == local_day(after - timedelta(microseconds=1), zone) == day
    assert day_bounds(day + ONE_DAY, zone)[0] == after


@pytest.mark.parametrize(
    ("day", "start_month", "start", "end", "label", "short"),
    [
        ("2026-03-31", 4, "2025-04-01", "2026-03-31", "2025-26", "25-26"),
        ("2026-04-01", 4, "2026-04-01", "2027-03-31", "2026-27", "26-27"),
        ("2026-12-31", 1, "2026-01-01", "2026-12-31", "2026", "26"),
        ("1999-12-31", 7, "1999-07-01", "2000-06-30", "1999-00", "99-00"),
        ("2028-02-29", 3, "2027-03-01", "2028-02-29", "2027-28", "27-28"),
    ],
)
def test_the_financial_year_of_a_day(
    day: str, start_month: int, start: str, end: str, label: str, short: str
) -> None:
    year = financial_year(date.fromisoformat(day), start_month)

    assert (year.start.isoformat(), year.end.isoformat(), year.label, year.short_label) == (
        start,
        end,
        label,
        short,
    )


@given(day=days, start_month=st.integers(1, 12))
def test_financial_years_follow_each_other_without_gap(day: date, start_month: int) -> None:
    year = financial_year(day, start_month)

    assert day in year
    assert year.end + ONE_DAY not in year
    assert financial_year(year.end + ONE_DAY, start_month).start == year.end + ONE_DAY
    assert financial_year(year.start, start_month) == year


def test_there_is_no_thirteenth_month_to_begin_a_year_in() -> None:
    with pytest.raises(ValueError, match="13"):
        financial_year(date(2026, 1, 1), 13)


@pytest.mark.parametrize(
    ("bought_on", "count", "unit", "last_day"),
    [
        ("2026-03-01", 3, "months", "2026-05-31"),
        ("2026-01-31", 1, "months", "2026-02-28"),
        ("2028-01-31", 1, "months", "2028-02-29"),
        ("2026-11-30", 3, "months", "2027-02-28"),
        ("2027-11-30", 3, "months", "2028-02-29"),
        ("2026-03-31", 1, "months", "2026-04-30"),
        ("2026-01-29", 1, "months", "2026-02-28"),
        ("2028-01-29", 1, "months", "2028-02-28"),
        ("2028-02-29", 12, "months", "2029-02-28"),
        ("2026-03-20", 3, "months", "2026-06-19"),
        ("2026-12-01", 1, "months", "2026-12-31"),
        ("2026-03-01", 90, "days", "2026-05-29"),
        ("2026-03-01", 1, "days", "2026-03-01"),
        ("2028-02-28", 2, "days", "2028-02-29"),
        ("2026-03-01", 1, "weeks", "2026-03-07"),
        ("2026-03-01", 12, "weeks", "2026-05-23"),
    ],
)
def test_a_validity_ends_on_the_printed_day(bought_on: str, count: int, unit: str, last_day: str) -> None:
    """S31"""
    assert valid_until(date.fromisoformat(bought_on), count, unit) == date.fromisoformat(last_day)


@given(bought_on=days, count=st.integers(1, 60))
def test_months_are_whole_months(bought_on: date, count: int) -> None:
    """S31"""
    last_day = valid_until(bought_on, count, "months")

    month = bought_on.year * 12 + bought_on.month - 1 + count
    ends_in = (last_day + ONE_DAY).year * 12 + (last_day + ONE_DAY).month - 1
    if bought_on.day <= monthrange(*divmod(month, 12)[:1], month % 12 + 1)[1]:
        assert (ends_in, (last_day + ONE_DAY).day) == (month, bought_on.day)
    else:
        assert (ends_in, (last_day + ONE_DAY).day) == (month + 1, 1)
    assert last_day <= valid_until(bought_on + ONE_DAY, count, "months")


@given(bought_on=days, count=st.integers(1, 200))
def test_days_and_weeks_count_the_first_day(bought_on: date, count: int) -> None:
    """S31"""
    assert (valid_until(bought_on, count, "days") - bought_on).days + 1 == count
    assert valid_until(bought_on, count, "weeks") == valid_until(bought_on, 7 * count, "days")


@pytest.mark.parametrize(("count", "unit"), [(0, "days"), (-1, "months"), (1, "years"), (1, "")])
def test_a_validity_that_is_none_is_refused(count: int, unit: str) -> None:
    with pytest.raises(ValueError, match=r"at least one|is not a valid"):
        valid_until(date(2026, 3, 1), count, unit)


def test_a_validity_is_said_in_words() -> None:
    with translation.override("en"):
        assert describe_validity(1, "months") == "1 month"
        assert describe_validity(3, "months") == "3 months"
        assert describe_validity(90, "days") == "90 days"
        assert describe_validity(1, "weeks") == "1 week"
