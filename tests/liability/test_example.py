"""What a clinic in Kolkata owed in care through four months of 2025, worked out by hand.

Eleven packs of the same service, but F of the pool. Unless said otherwise a pack is sold at the main branch and paid in
cash, a late cancellation or a missed visit takes a session, and a refund is at the list rate.

   1   2 Jan  A is brought in from paper: 4 of 10 left, all of its 10,000 paid before
   2   3 Jan  B buys 10 for 8,000 (list 10,000), and the first visit is here and now
   3   6 Jan  C buys 10 for 10,000 and pays 4,000
   4   8 Jan  D buys 5 for 5,000 and pays nothing; the first visit is here and now: owing 1,000
   5  10 Jan  E buys 3 for 10,000: 3,333.33 + 3,333.34 + 3,333.33, refunded at the rate paid
   6  13 Jan  G buys 5 and 1 free for 5,000, valid to 12 February
   7  15 Jan  B is here
   8  17 Jan  C does not come: one session
   9  20 Jan  H buys 10 for 10,000 by cheque; the first visit is here and now
  10  22 Jan  E is here: 3,333.33
  11  24 Jan  B is here
  12  27 Jan  A is here
  13  31 Jan  B is refunded: 8,000 − 3 × 1,000 = 5,000 for a value of 5,600: difference 600 (S39)
  14   3 Feb  I buys 7 for 10,000 at the second branch
  15   4 Feb  H is here
  16   5 Feb  G cancels late: one session, of the paid ones
  17   7 Feb  D pays 2,500: 1,000 of it for what was used, 1,500 for what is to come
  18  10 Feb  the bank returns the cheque of H: 8,000 are owed no more, and H owes 2,000 (S46)
  19  13 Feb  G has lapsed: 4 and 1 free
  20  14 Feb  G was here on 12 February, and it is marked now: used on the 12th, and one of the 4 comes back (S30)
  21  17 Feb  I gives 3 of 7 to J: 4,285.71 (S53)
  22  18 Feb  F buys 2 in the pool for 800 (list 2,000) at the second branch; the first visit is here and now
  23  24 Feb  C pays the other 6,000
  24  26 Feb  I is here: 4 left are worth 5,714.29 and 3 are worth 4,285.71: 1,428.58
  25  28 Feb  E is refunded after 1 of 3: 6,666.67 (S41)
  26   3 Mar  the 3 go back to I: 6 are worth 8,571.43, so 4,285.72 come for the 4,285.71 that went: difference 0.01
  27   5 Mar  A disputes the visit of 27 January: its session is set aside: neither used nor free, and owed again
  28  10 Mar  G is extended to 10 April: 3 and 1 free come back on that day (S36)
  29  12 Mar  D buys 10 more for 10,000 and pays nothing
  30  14 Mar  that sale is void
  31  20 Mar  F is refunded: 800 − 1,000 is nothing, and the 400 are the difference (S40)
  32   1 Apr  C was here on 27 March, and it is marked now
  33   2 Apr  the visit of B of 15 January is reopened: its 800 are released at once, to nobody (S42)
  34   4 Apr  C was not here on 27 March: reopened
  35  11 Apr  G has lapsed again: 3 and 1 free
  36  15 Apr  one session of A is taken back by the owner

Of what is posted on a day the packs' own order decides: G on 13 February is 3,000 (4 left, 4,000 less the visit of the
12th); the session that comes back brings no value to it, since no more is owed than was received and not used; then all
5 expire with these 3,000.

VALUE BY DAY
          opening brought  sold recvd reinst revrsd     used   refund expired transf adjust differ  closing owing
  2 Jan         ·    4000     ·     ·      ·      ·        ·        ·       ·      ·      ·      ·     4000     ·
  3 Jan      4000       ·  8000     ·      ·      ·     -800        ·       ·      ·      ·      ·    11200     ·
  6 Jan     11200       ·  4000     ·      ·      ·        ·        ·       ·      ·      ·      ·    15200     ·
  8 Jan     15200       ·     ·     ·      ·      ·        ·        ·       ·      ·      ·      ·    15200  1000
  10 Jan    15200       · 10000     ·      ·      ·        ·        ·       ·      ·      ·      ·    25200  1000
  13 Jan    25200       ·  5000     ·      ·      ·        ·        ·       ·      ·      ·      ·    30200  1000
  15 Jan    30200       ·     ·     ·      ·      ·     -800        ·       ·      ·      ·      ·    29400  1000
  17 Jan    29400       ·     ·     ·      ·      ·    -1000        ·       ·      ·      ·      ·    28400  1000
  20 Jan    28400       · 10000     ·      ·      ·    -1000        ·       ·      ·      ·      ·    37400  1000
  22 Jan    37400       ·     ·     ·      ·      · -3333.33        ·       ·      ·      ·      · 34066.67  1000
  24 Jan 34066.67       ·     ·     ·      ·      ·     -800        ·       ·      ·      ·      · 33266.67  1000
  27 Jan 33266.67       ·     ·     ·      ·      ·    -1000        ·       ·      ·      ·      · 32266.67  1000
  31 Jan 32266.67       ·     ·     ·      ·      ·        ·    -5000       ·      ·      ·   -600 26666.67  1000
  3 Feb  26666.67       · 10000     ·      ·      ·        ·        ·       ·      ·      ·      · 36666.67  1000
  4 Feb  36666.67       ·     ·     ·      ·      ·    -1000        ·       ·      ·      ·      · 35666.67  1000
  5 Feb  35666.67       ·     ·     ·      ·      ·    -1000        ·       ·      ·      ·      · 34666.67  1000
  7 Feb  34666.67       ·     ·  1500      ·      ·        ·        ·       ·      ·      ·      · 36166.67     ·
  10 Feb 36166.67       ·     · -8000      ·      ·        ·        ·       ·      ·      ·      · 28166.67  2000
  12 Feb 28166.67       ·     ·     ·      ·      ·    -1000        ·       ·      ·      ·      · 27166.67  2000
  13 Feb 27166.67       ·     ·     ·      ·      ·        ·        ·   -3000      ·      ·      · 24166.67  2000
  17 Feb 24166.67       ·     ·     ·      ·      ·        ·        ·       ·      ·      ·      · 24166.67  2000
  18 Feb 24166.67       ·   800     ·      ·      ·     -400        ·       ·      ·      ·      · 24566.67  2000
  24 Feb 24566.67       ·     ·  6000      ·      ·        ·        ·       ·      ·      ·      · 30566.67  2000
  26 Feb 30566.67       ·     ·     ·      ·      · -1428.58        ·       ·      ·      ·      · 29138.09  2000
  28 Feb 29138.09       ·     ·     ·      ·      ·        · -6666.67       ·      ·      ·      · 22471.42  2000
  3 Mar  22471.42       ·     ·     ·      ·      ·        ·        ·       ·      ·      ·   0.01 22471.43  2000
  5 Mar  22471.43       ·     ·     ·      ·   1000        ·        ·       ·      ·      ·      · 23471.43  2000
  10 Mar 23471.43       ·     ·     ·   3000      ·        ·        ·       ·      ·      ·      · 26471.43  2000
  12 Mar 26471.43       ·     ·     ·      ·      ·        ·        ·       ·      ·      ·      · 26471.43  2000
  14 Mar 26471.43       ·     ·     ·      ·      ·        ·        ·       ·      ·      ·      · 26471.43  2000
  20 Mar 26471.43       ·     ·     ·      ·      ·        ·        ·       ·      ·      ·   -400 26071.43  2000
  27 Mar 26071.43       ·     ·     ·      ·      ·    -1000        ·       ·      ·      ·      · 25071.43  2000
  2 Apr  25071.43       ·     ·     ·      ·    800        ·        ·       ·      ·      ·   -800 25071.43  2000
  4 Apr  25071.43       ·     ·     ·      ·   1000        ·        ·       ·      ·      ·      · 26071.43  2000
  11 Apr 26071.43       ·     ·     ·      ·      ·        ·        ·   -3000      ·      ·      · 23071.43  2000
  15 Apr 23071.43       ·     ·     ·      ·      ·        ·        ·       ·      ·  -1000      · 22071.43  2000

SESSIONS BY DAY
          opening brought sold recvd reinst revrsd used refund expired transf adjust differ  closing packs patients
  2 Jan         ·       4    ·     ·      ·      ·    ·      ·       ·      ·      ·      ·        4     1        1
  3 Jan         4       ·   10     ·      ·      ·   -1      ·       ·      ·      ·      ·       13     2        2
  6 Jan        13       ·   10     ·      ·      ·    ·      ·       ·      ·      ·      ·       23     3        3
  8 Jan        23       ·    5     ·      ·      ·   -1      ·       ·      ·      ·      ·       27     4        4
  10 Jan       27       ·    3     ·      ·      ·    ·      ·       ·      ·      ·      ·       30     5        5
  13 Jan       30       ·    6     ·      ·      ·    ·      ·       ·      ·      ·      ·       36     6        6
  15 Jan       36       ·    ·     ·      ·      ·   -1      ·       ·      ·      ·      ·       35     6        6
  17 Jan       35       ·    ·     ·      ·      ·   -1      ·       ·      ·      ·      ·       34     6        6
  20 Jan       34       ·   10     ·      ·      ·   -1      ·       ·      ·      ·      ·       43     7        7
  22 Jan       43       ·    ·     ·      ·      ·   -1      ·       ·      ·      ·      ·       42     7        7
  24 Jan       42       ·    ·     ·      ·      ·   -1      ·       ·      ·      ·      ·       41     7        7
  27 Jan       41       ·    ·     ·      ·      ·   -1      ·       ·      ·      ·      ·       40     7        7
  31 Jan       40       ·    ·     ·      ·      ·    ·     -7       ·      ·      ·      ·       33     6        6
  3 Feb        33       ·    7     ·      ·      ·    ·      ·       ·      ·      ·      ·       40     7        7
  4 Feb        40       ·    ·     ·      ·      ·   -1      ·       ·      ·      ·      ·       39     7        7
  5 Feb        39       ·    ·     ·      ·      ·   -1      ·       ·      ·      ·      ·       38     7        7
  7 Feb        38       ·    ·     ·      ·      ·    ·      ·       ·      ·      ·      ·       38     7        7
  10 Feb       38       ·    ·     ·      ·      ·    ·      ·       ·      ·      ·      ·       38     7        7
  12 Feb       38       ·    ·     ·      ·      ·   -1      ·       ·      ·      ·      ·       37     7        7
  13 Feb       37       ·    ·     ·      1      ·    ·      ·      -5      ·      ·      ·       33     6        6
  17 Feb       33       ·    ·     ·      ·      ·    ·      ·       ·      ·      ·      ·       33     7        7
  18 Feb       33       ·    2     ·      ·      ·   -1      ·       ·      ·      ·      ·       34     8        8
  24 Feb       34       ·    ·     ·      ·      ·    ·      ·       ·      ·      ·      ·       34     8        8
  26 Feb       34       ·    ·     ·      ·      ·   -1      ·       ·      ·      ·      ·       33     8        8
  28 Feb       33       ·    ·     ·      ·      ·    ·     -2       ·      ·      ·      ·       31     7        7
  3 Mar        31       ·    ·     ·      ·      ·    ·      ·       ·      ·      ·      ·       31     6        6
  5 Mar        31       ·    ·     ·      ·      1    ·      ·       ·      ·      ·      ·       32     6        6
  10 Mar       32       ·    ·     ·      4      ·    ·      ·       ·      ·      ·      ·       36     7        7
  12 Mar       36       ·   10     ·      ·      ·    ·      ·       ·      ·      ·      ·       46     8        7
  14 Mar       46       ·    ·     ·      ·      ·    ·      ·       ·      ·    -10      ·       36     7        7
  20 Mar       36       ·    ·     ·      ·      ·    ·     -1       ·      ·      ·      ·       35     6        6
  27 Mar       35       ·    ·     ·      ·      ·   -1      ·       ·      ·      ·      ·       34     6        6
  2 Apr        34       ·    ·     ·      ·      1    ·     -1       ·      ·      ·      ·       34     6        6
  4 Apr        34       ·    ·     ·      ·      1    ·      ·       ·      ·      ·      ·       35     6        6
  11 Apr       35       ·    ·     ·      ·      ·    ·      ·      -4      ·      ·      ·       31     5        5
  15 Apr       31       ·    ·     ·      ·      ·    ·      ·       ·      ·     -1      ·       30     5        5

VALUE BY MONTH
            opening brought  sold recvd reinst revrsd      used    refund expired transf adjust   differ  closing owing
  January         ·    4000 37000     ·      ·      ·  -8733.33     -5000       ·      ·      ·     -600 26666.67  1000
  February 26666.67       · 10800  -500      ·      ·  -4828.58  -6666.67   -3000      ·      ·        · 22471.42  2000
  March    22471.42       ·     ·     ·   3000   1000     -1000         ·       ·      ·      ·  -399.99 25071.43  2000
  April    25071.43       ·     ·     ·      ·   1800         ·         ·   -3000      ·  -1000     -800 22071.43  2000
  together        ·    4000 47800  -500   3000   2800 -14561.91 -11666.67   -6000      ·  -1000 -1799.99 22071.43  2000

SESSIONS BY MONTH
            opening brought sold recvd reinst revrsd used refund expired transf adjust differ  closing packs patients
  January         ·       4   44     ·      ·      ·   -8     -7       ·      ·      ·      ·       33     6        6
  February       33       ·    9     ·      1      ·   -5     -2      -5      ·      ·      ·       31     7        7
  March          31       ·   10     ·      4      1   -1     -1       ·      ·    -10      ·       34     6        6
  April          34       ·    ·     ·      ·      2    ·     -1      -4      ·     -1      ·       30     5        5
  together        ·       4   63     ·      5      3  -14    -11      -9      ·    -11      ·       30     5        5

Left at the end of a day, by pack: sessions and value. H owes 2,000; of the 4 of A one is set aside; one of G is free:

           A         C         D         G         H     I             J             F
  28 Feb   3 3,000   9 9,000   4 1,500             8 0   3 4,285.71    3 4,285.71    1 400
  31 Mar   4 4,000   8 8,000   4 1,500   4 3,000   8 0   6 8,571.43

At the main branch Anand treats, at the second one Meera.

Recorded later than the day: G's visit of 12 February on the 14th, so that 1,000 and one session more were told on the
12th, and the same on the 13th, when 5 had lapsed with 4,000; C's visit of 27 March on 1 April, so that 1,000 and one
session more were told from then to the end of March.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import combinations_with_replacement
from typing import Any

import pytest

from packages.liability import liability
from packages.roll_forward import roll_forward

from .story import YEAR, Told, told_of
from .tables import ONE_DAY, ROWS, Line, by_day, day_of, table

pytestmark = pytest.mark.django_db
VALUE, SESSIONS = (by_day(table(__doc__, f"{what} BY DAY"), YEAR) for what in ("VALUE", "SESSIONS"))
MONTHS_VALUE, MONTHS_SESSIONS = (table(__doc__, f"{what} BY MONTH") for what in ("VALUE", "SESSIONS"))
FIRST, LAST = date(YEAR, 1, 1), date(YEAR, 4, 30)
DAYS = [FIRST + n * ONE_DAY for n in range((LAST - FIRST).days + 1)]
STARTS = [date(YEAR, month, 1) for month in (1, 2, 3, 4)]
ENDS = [date(YEAR, 1, 31), date(YEAR, 2, 28), date(YEAR, 3, 31), LAST]
ODD = [
    ("20 Jan", "12 Feb"),
    ("13 Feb", "13 Feb"),
    ("31 Jan", "1 Feb"),
    ("4 Mar", "14 Apr"),
    ("2 Jan", "15 Apr"),
]


def expected(day: date) -> Told:
    """The closing cells of the last line up to a day."""
    before = [each for each in VALUE if each <= day]
    if not before:
        return Decimal(0), Decimal(0), Decimal(0), 0, 0
    value, sessions = VALUE[before[-1]], SESSIONS[before[-1]]
    packages, patients = sessions.beside
    return value.closing, sessions.closing, value.beside[0], int(packages), int(patients)


def changes(lines: dict[date, Line], row: str, first: date, last: date) -> Any:
    return sum(line.changes[row] for day, line in lines.items() if first <= day <= last)


def compare(first: date, last: date) -> None:
    """Every cell of the roll-forward of these days, and that they add up across."""
    report = roll_forward(first, last)

    assert (report.first, report.last) == (first, last)
    assert [row.value for row in report.changes] == list(ROWS)
    before, after = expected(first - ONE_DAY), expected(last)
    assert (report.opening.value, report.opening.sessions) == before[:2], first
    assert (report.closing.value, report.closing.sessions) == after[:2], last
    for row, figures in report.changes.items():
        wanted = changes(VALUE, row.value, first, last), changes(SESSIONS, row.value, first, last)
        assert (figures.value, figures.sessions) == wanted, (row, first, last)
    assert report.opening.value + sum(each.value for each in report.changes.values()) == report.closing.value
    assert (
        report.opening.sessions + sum(each.sessions for each in report.changes.values())
        == report.closing.sessions
    )


@pytest.mark.usefixtures("story")
def test_what_is_owed_is_right_on_every_day() -> None:
    """S30, S36, S39 to S42, S46, S53"""
    for day in [FIRST - ONE_DAY, *DAYS, LAST + ONE_DAY]:
        assert told_of(day) == expected(day), day
        assert liability(day).difference == 0


@pytest.mark.usefixtures("story")
def test_what_changed_it_is_right_in_every_cell_of_every_day() -> None:
    """S30, S36, S39 to S42, S46, S53"""
    for day in [FIRST - ONE_DAY, *DAYS, LAST + ONE_DAY]:
        compare(day, day)


@pytest.mark.usefixtures("story")
def test_what_changed_it_is_right_between_any_month_start_and_month_end_and_between_odd_days() -> None:
    """S30, S36, S39 to S42, S46, S53"""
    for first, last in combinations_with_replacement(range(4), 2):
        compare(STARTS[first], ENDS[last])
    for first_day, last_day in ODD:
        compare(day_of(first_day, YEAR), day_of(last_day, YEAR))
    for first_day in VALUE:  # from each day on which something happened to the end
        compare(first_day, LAST)


def test_the_tables_by_month_add_up_to_the_tables_by_day() -> None:
    """What is written by hand above is right in itself: no other test reads the months."""
    for by_month, lines in ((MONTHS_VALUE, VALUE), (MONTHS_SESSIONS, SESSIONS)):
        spans = [*zip(STARTS, ENDS, strict=True), (FIRST, LAST)]
        for line, (first, last) in zip(by_month.values(), spans, strict=True):
            assert line.changes == {row: changes(lines, row, first, last) for row in ROWS}
            assert line.opening + sum(line.changes.values()) == line.closing
            assert line.closing == lines[max(day for day in lines if day <= last)].closing
