"""A report as a file opens in any spreadsheet: names in every script, and none of them a formula."""

import csv
from io import StringIO

import pytest

from clinic.csv_files import csv_answer, quoted


def test_a_file_says_that_it_is_unicode_so_that_a_name_in_hindi_is_read() -> None:
    answer = csv_answer("names", ["Name"], [["गीता राव"]])

    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(StringIO(answer.content.decode("utf-8-sig")))) == [["Name"], ["गीता राव"]]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "+91=1+1"])
def test_a_text_that_looks_like_a_formula_is_quoted(text: str) -> None:
    assert quoted(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Gita", "+919845012345", "10"])
def test_a_name_and_the_number_of_a_phone_are_left_as_they_are(text: str) -> None:
    assert quoted(text) == text
