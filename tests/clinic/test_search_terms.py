"""A patient is found by what the desk has: a name in any order, spelling or script, a phone, a number."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.phones import PhoneError, display_phone, normalise_phone
from clinic.search_terms import LONGEST_TERM, query_terms, terms_of


def found(
    typed: str,
    name: str,
    phones: Iterable[str] = ("+919820012345",),
    number: int | str = 812,
    country: str = "IN",
) -> bool:
    """What PostgreSQL answers: every typed word has an alternative that begins a term of the patient."""
    terms = terms_of(name, phones, number, country)
    words = query_terms(typed)
    return bool(words) and all(
        any(term.startswith(word) for term in terms for word in any_of) for any_of in words
    )


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("asha", "Asha Sharma"),
        ("sharma asha", "Asha Sharma"),
        ("SHAR", "Asha Sharma"),
        ("ash sha", "Asha Sharma"),
        ("  asha ,  sharma ", "Asha Sharma"),
        ("asha", "आशा शर्मा"),
        ("shar", "आशा शर्मा"),
        ("sharma a", "आशा शर्मा"),
        ("आशा", "Asha Sharma"),
        ("शर्मा आशा", "Asha Sharma"),
        ("शर", "Asha Sharma"),
        ("आशा sharma", "Asha शर्मा"),
        ("lak", "Lakshmi Iyer"),
        ("laxmi", "Lakshmi Iyer"),
        ("lakshmi", "Laxmi Iyer"),
        ("laxmi", "लक्ष्मी"),
        ("laksh", "लक्ष्मी"),
        ("लक्ष्मी", "Laxmi"),
        ("dipak", "Deepak Patil"),
        ("deepak", "Dipak Patil"),
        ("deep", "दीपक पाटील"),
        ("deepak patil", "दीपक पाटील"),
        ("chaudhari", "Suresh Choudhary"),
        ("choudhary", "Suresh Chaudhari"),
        ("chaudhary", "चौधरी"),
        ("cha", "चौधरी"),
        ("चौधरी", "Choudhary"),
        ("pooja", "Puja"),
        ("puja", "Pooja"),
        ("पूजा", "Pooja"),
        ("sweta", "Shweta"),
        ("kamla", "Kamala"),
        ("kamala", "Kamla"),
        ("kamla", "कमला"),
        ("yashwant", "Yashavant"),
        ("vaidya", "Waidya"),
        ("gaikwad", "गायकवाड"),
        ("gayakwad", "Gaikwad"),
        ("kulkarni", "कुलकर्णी"),
        ("deshpande", "देशपांडे"),
        ("chopra", "चोपड़ा"),
        ("rathod", "राठोड़"),
        ("singh", "सिंह"),
        ("krishna", "कृष्ण"),
        ("krishna", "कृष्णा"),
        ("वसन्त", "Vasant"),
        ("mhatre", "म्हात्रे"),
        ("khan", "ख़ान"),
        ("khan", "खान"),
        ("fatima", "फ़ातिमा"),
        ("zakir", "जाकिर"),
        ("mohammed", "Mohammad"),
        ("मोहम्मद", "Mohammed"),
        ("muhammad", "मोहम्मद"),
        ("gayatri", "Gaytri"),
        ("narain", "Narayan"),
        ("nair", "नायर"),
        ("rao", "राव"),
        ("sowmya", "Saumya"),
        ("geetha", "Geeta"),
        ("vijai", "Vijay"),
        ("priya", "Pria"),
        ("sidharth", "Siddhartha"),
        ("pragya", "Pradnya"),
        ("pradnya", "प्रज्ञा"),
        ("चांद", "चाँद"),
        ("सन्तोष", "संतोष"),
        ("संतोष", "सन्तोष"),
        ("अंजली", "अंजलि"),
        ("फातिमा", "फ़ातिमा"),
        ("jose", "José Álvarez"),
        ("álv", "Jose Alvarez"),
        ("d'souza", "Maria D'Souza"),
        ("dsouza", "Maria D’Souza"),
        ("d souza", "Maria D'Souza"),
        ("souza", "Maria D'Souza"),
        ("anne-marie", "Anne Marie Pinto".replace(" ", "-", 1)),
        ("annemarie", "Anne-Marie Pinto"),
        ("a.k. sharma", "A. K. Sharma"),
        ("ak sharma", "A.K. Sharma"),
        ("m.sharma", "Manish Sharma"),
        ("dr mehta", "Mehta"),
        ("Mrs. Mehta", "Ritu Mehta"),
        ("श्रीमती मेहता", "Ritu Mehta"),
        ("dr", "Dr Mehta"),
        ("as\u200bha", "Asha"),
        ("asha", "A\u200dsha\u200e"),
        ("\u202basha\u202c", "Asha"),
        ("asha\x00", "Asha"),
        ("asha 2", "Asha Sharma 2"),
    ],
)
def test_a_name_is_found_in_any_order_spelling_and_script(typed: str, name: str) -> None:
    assert found(typed, name)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("asha", "Ashok Sharma"),
        ("asha", "अशोक"),
        ("ram", "Reema Joshi"),
        ("rima", "Ramesh"),
        ("asha sharma", "Asha Mehta"),
        ("deepak", "Deepali"),
        ("sunita", "Sumita"),
        ("शर्मा", "Varma"),
        ("kumar", "Kumkum"),
        ("patil", "Patel"),
        ("", "Asha"),
        ("   ", "Asha"),
        ("—…!", "Asha"),
    ],
)
def test_another_name_is_not_found(typed: str, name: str) -> None:
    assert not found(typed, name)


@pytest.mark.parametrize(
    "typed",
    [
        "9820012345",
        "98200 12345",
        "98200-12345",
        "+91 98200 12345",
        "+919820012345",
        "919820012345",
        "00919820012345",
        "09820012345",
        "098200 12345",
        "(98200) 12345",
        "९८२००१२३४५",
        "982",
        "+91982",
        "0982",
        "2345",
        "345",
        "12345",
        "asha 2345",
        "2345 asha",
        "asha2345",
        "आशा २३४५",
        "812",
        "81",
        "8",
        "0812",
        "#812",
        "asha 812",
    ],
)
def test_digits_find_a_phone_in_any_notation_or_the_patient_number(typed: str) -> None:
    assert found(typed, "Asha Sharma")


@pytest.mark.parametrize(
    "typed", ["45", "98", "2346", "9820012346", "001", "asha 9999", "ravi 2345", "813", "1982"]
)
def test_digits_of_someone_else_find_nobody(typed: str) -> None:
    assert not found(typed, "Asha Sharma")


def test_two_phones_of_one_patient_both_find_her() -> None:
    phones = ["+919820012345", "+14155552671"]

    for typed in ("98200", "12345", "415 555", "+1 415 555 2671", "2671"):
        assert found(typed, "Asha", phones)


def test_a_phone_that_is_none_is_found_by_its_digits() -> None:
    assert found("2411", "Asha", ["24112233 (shop)"])
    assert found("2233", "Asha", ["24112233 (shop)"])


@pytest.mark.parametrize("typed", ["P-0012", "p0012", "P 12", "0012", "12"])
def test_a_patient_number_with_letters_is_found(typed: str) -> None:
    assert found(typed, "Asha", number="P-0012")


def test_a_landline_is_found_with_and_without_its_zero() -> None:
    for typed in ("02223456789", "022 2345 6789", "2223456789", "+91 22 2345", "6789"):
        assert found(typed, "Asha", ["+912223456789"])


def test_terms_of_different_sorts_never_meet() -> None:
    stored = terms_of("आशा Sharma", ["98200 12345"], 812, "IN")

    assert {term[0] for term in stored if not term[0].isalpha()} == {"~", ">", "<", "#"}
    assert query_terms("~ > < # p:98 % _")[:1] == [("p",)]
    assert not found("p", "Asha")
    assert not found("n", "Asha")


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_can_be_stored_and_typed(name: str, typed: str) -> None:
    terms = terms_of(name, [typed], typed, "IN")
    words = query_terms(typed)

    assert all(0 < len(term) <= LONGEST_TERM and "\x00" not in term for term in terms)
    assert all(any_of and all(0 < len(word) <= LONGEST_TERM for word in any_of) for any_of in words)
    assert "" not in terms


@given(st.text("abcdefghijklmnoprstuvy", min_size=1, max_size=20), st.data())
def test_the_first_letters_always_find_the_name(name: str, data: st.DataObject) -> None:
    assert found(name[: data.draw(st.integers(1, len(name)))], name)


@given(st.integers(6_000_000_000, 9_999_999_999), st.data())
def test_any_end_and_any_beginning_of_a_phone_finds_it(phone: int, data: st.DataObject) -> None:
    digits = str(phone)
    length = data.draw(st.integers(3, 10))

    assert found(digits[:length], "Asha", [digits])
    assert found(digits[-length:], "Asha", [digits])


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("+91 98200-12345", "+919820012345"),
        ("098200 12345", "+919820012345"),
        ("9820012345", "+919820012345"),
        ("91 98200 12345", "+919820012345"),
        ("0091 98200 12345", "+919820012345"),
        ("9.82001234E+09", "+919820012340"),
        ("9.820012345E+09", "+919820012345"),
        ("9.19820012345E+11", "+919820012345"),
        ("9820012345.0", "+919820012345"),
        ("९८२०० १२३४५", "+919820012345"),
        ("\u202a+91 98200 12345\u202c", "+919820012345"),
        ("98200\u00a012345", "+919820012345"),
        ("98200–12345", "+919820012345"),
        ("022 2345 6789", "+912223456789"),
        ("+1 415-555-2671", "+14155552671"),
    ],
)
def test_a_phone_is_kept_as_one_number_however_it_is_written(written: str, kept: str) -> None:
    assert normalise_phone(written, "IN") == kept


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("", "empty"),
        (" \u200b", "empty"),
        ("12345", "not a valid"),
        ("98200123456", "not a valid"),
        ("9.82E+09", "shortened"),
        ("9.19E+11", "shortened"),
        ("call mother", "not a phone number"),
        ("98200ABCDE", "not a phone number"),
        ("=9820012345", "not a phone number"),
        ("+999 12", "not a valid"),
        ("1.5E+99", "shortened"),
    ],
)
def test_what_is_no_phone_is_refused_with_a_sentence(written: str, sentence: str) -> None:
    with pytest.raises(PhoneError, match=sentence):
        normalise_phone(written, "IN")


@given(st.text(max_size=60))
def test_any_text_is_a_phone_or_is_refused(text: str) -> None:
    try:
        kept = normalise_phone(text, "IN")
    except PhoneError:
        return
    assert normalise_phone(kept, "US") == kept


@pytest.mark.parametrize(
    ("number", "country", "shown"),
    [
        ("+919820012345", "IN", "98200 12345"),
        ("+919820012345", "US", "+91 98200 12345"),
        ("+919820012345", "", "+91 98200 12345"),
        ("+912223456789", "IN", "022 2345 6789"),
        ("+14155552671", "US", "415-555-2671"),
        ("shop", "IN", "shop"),
    ],
)
def test_a_phone_is_shown_as_people_read_it(number: str, country: str, shown: str) -> None:
    assert display_phone(number, country) == shown
