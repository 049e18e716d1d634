"""The rows of a question in SQL."""

import pytest

from clinic.listed import AT_A_TIME, Listed

MANY = 3 * AT_A_TIME


@pytest.mark.django_db
def test_all_rows_are_read_a_part_at_a_time() -> None:
    made: list[int] = []

    def row(number: int) -> int:
        made.append(number)
        return number

    rows = iter(Listed("SELECT generate_series(1, %(most)s)", {"most": MANY}, row, MANY))

    assert next(rows) == 1
    assert len(made) <= AT_A_TIME
    assert list(rows) == list(range(2, MANY + 1))


@pytest.mark.django_db
def test_a_page_of_them_is_asked_for_alone() -> None:
    rows = Listed("SELECT generate_series(1, %(most_of_all)s)", {"most_of_all": MANY}, int, MANY)

    assert rows[4:7] == [5, 6, 7]
    assert len(rows) == MANY
