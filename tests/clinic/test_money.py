"""Money is exact (law 10): the parts always add up to the whole; amounts read as people write them."""

from decimal import Decimal

import pytest
from babel.numbers import format_currency
from hypothesis import given
from hypothesis import strategies as st

from clinic import money
from clinic.money_words import HINDI_BELOW_HUNDRED, english_number, hindi_number

HALF = Decimal("0.5")
prices = st.decimals(min_value=0, max_value=10**7, places=2, allow_nan=False)


@pytest.mark.parametrize(("currency", "digits"), [("INR", 2), ("USD", 2), ("JPY", 0), ("KWD", 3)])
def test_minor_units_follow_the_currency(currency: str, digits: int) -> None:
    assert money.places(currency) == digits


def test_an_unknown_currency_is_refused() -> None:
    with pytest.raises(ValueError, match="XQZ"):
        money.places("XQZ")


@pytest.mark.parametrize(
    ("amount", "currency", "rounded"),
    [
        ("0.005", "INR", "0.01"),
        ("2.675", "INR", "2.68"),
        ("-0.005", "INR", "-0.01"),
        ("99.5", "JPY", "100"),
        ("1.0005", "KWD", "1.001"),
    ],
)
def test_halves_of_the_minor_unit_round_away_from_zero(amount: str, currency: str, rounded: str) -> None:
    assert str(money.quantise(Decimal(amount), currency)) == rounded


def test_ten_thousand_over_three_sessions_adds_up() -> None:
    """S41"""
    price = Decimal(10_000)

    values = [money.session_value(price, k, 3, 2) for k in (1, 2, 3)]

    assert values == [Decimal("3333.33"), Decimal("3333.34"), Decimal("3333.33")]
    assert money.value_left(price, 2, 3, 2) == Decimal("6666.67")


def test_seven_sessions_left_at_the_rate_paid() -> None:
    """S39"""
    assert money.value_left(Decimal(8_000), 7, 10, 2) == Decimal("5600.00")


def test_half_a_session_is_worth_the_half() -> None:
    """S51"""
    assert money.session_value(Decimal(1_000), Decimal("2.5"), 10, 2, step=HALF) == Decimal("50.00")


def test_a_currency_without_minor_units_has_whole_sessions() -> None:
    values = [money.session_value(Decimal(10_000), k, 3, 0) for k in (1, 2, 3)]

    assert values == [Decimal(3333), Decimal(3334), Decimal(3333)]


@given(price=prices, sold=st.integers(1, 200))
def test_session_values_add_up_to_the_price(price: Decimal, sold: int) -> None:
    values = [money.session_value(price, k, sold, 2) for k in range(1, sold + 1)]

    assert sum(values) == price
    assert max(values) - min(values) <= Decimal("0.01")


@given(price=prices, sold=st.integers(1, 60), steps=st.data())
def test_used_in_whole_and_half_steps_adds_up_to_the_price(
    price: Decimal, sold: int, steps: st.DataObject
) -> None:
    used, worth = Decimal(0), Decimal(0)

    while used < sold:
        step = min(steps.draw(st.sampled_from([HALF, Decimal(1)])), sold - used)
        used += step
        worth += money.session_value(price, used, sold, 2, step=step)
        assert worth + money.value_left(price, sold - used, sold, 2) == price

    assert worth == price


@pytest.mark.parametrize(("price", "k", "n"), [("-1", 1, 3), ("10", 4, 3), ("10", -1, 3), ("10", 0, 0)])
def test_a_share_that_cannot_be_is_refused(price: str, k: int, n: int) -> None:
    with pytest.raises(ValueError, match="no share"):
        money.share(Decimal(price), k, n, 2)


@given(
    amount=st.decimals(min_value=-(10**7), max_value=10**7, places=2, allow_nan=False),
    weights=st.lists(st.integers(0, 1000), min_size=1, max_size=20).filter(any),
)
def test_split_parts_add_up_to_the_amount(amount: Decimal, weights: list[int]) -> None:
    parts = money.split(amount, weights, 2)

    assert sum(parts) == amount
    assert len(parts) == len(weights)
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - amount * weight / sum(weights)) <= Decimal("0.01")


def test_a_split_by_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no share"):
        money.split(Decimal(10), [0, 0], 2)


@pytest.mark.parametrize(
    ("amount", "currency", "locale", "printed"),
    [
        ("1234567.5", "INR", "en_IN", "₹12,34,567.50"),
        ("1234567.5", "INR", "en-in", "₹12,34,567.50"),
        ("1234567.5", "INR", "hi_IN", "₹12,34,567.50"),
        ("1234567.5", "USD", "en_US", "$1,234,567.50"),
        ("0.005", "INR", "en_IN", "₹0.01"),
        ("-250", "INR", "en_IN", "−₹250.00"),
        ("8000", "JPY", "en_US", "¥8,000"),
    ],
)
def test_amounts_print_in_the_clinics_locale(amount: str, currency: str, locale: str, printed: str) -> None:
    assert money.format_money(Decimal(amount), currency, locale) == printed


@pytest.mark.parametrize(
    ("amount", "currency", "language", "words"),
    [
        ("8000", "INR", "en", "Rupees Eight Thousand Only"),
        ("8000.50", "INR", "en", "Rupees Eight Thousand and Fifty Paise Only"),
        ("0.01", "INR", "en", "One Paisa Only"),
        ("0", "INR", "en", "Rupees Zero Only"),
        ("123456", "INR", "en-in", "Rupees One Lakh Twenty Three Thousand Four Hundred Fifty Six Only"),
        ("10000000", "INR", "en", "Rupees One Crore Only"),
        ("-500", "INR", "en", "Minus Rupees Five Hundred Only"),
        ("8000", "INR", "hi", "आठ हज़ार रुपये मात्र"),
        ("8000.50", "INR", "hi", "आठ हज़ार रुपये और पचास पैसे मात्र"),
        ("1", "INR", "hi_IN", "एक रुपया मात्र"),
        ("0.75", "INR", "hi", "पचहत्तर पैसे मात्र"),
        ("155999", "INR", "hi", "एक लाख पचपन हज़ार नौ सौ निन्यानवे रुपये मात्र"),
        ("-10", "INR", "hi", "ऋण दस रुपये मात्र"),
        ("8000.50", "USD", "en", "Eight Thousand Dollars and 50 Cents Only"),
        ("1.01", "USD", "en", "One Dollar and 1 Cent Only"),
        (
            "1234567",
            "USD",
            "en",
            "One Million Two Hundred Thirty Four Thousand Five Hundred Sixty Seven Dollars Only",
        ),
        ("8000", "JPY", "en", "Eight Thousand Yen Only"),
        ("2.005", "KWD", "en", "Two Dinars and 5 Fils Only"),
        ("12.50", "CHF", "en", "Twelve Swiss Francs and 50/100 Only"),
        ("12.50", "USD", "hi", "बारह यूएस डॉलर और 50/100 मात्र"),
    ],
)
def test_amounts_in_words(amount: str, currency: str, language: str, words: str) -> None:
    assert money.in_words(Decimal(amount), currency, language) == words


def test_every_number_below_a_hundred_has_its_own_hindi_word() -> None:
    assert len(HINDI_BELOW_HUNDRED) == len(set(HINDI_BELOW_HUNDRED)) == 100
    assert " ".join(hindi_number(n) for n in (29, 39, 49, 59, 69, 79, 89, 99)) == (
        "उनतीस उनतालीस उनचास उनसठ उनहत्तर उन्यासी नवासी निन्यानवे"
    )


SMALL = {word: n for n, word in enumerate(HINDI_BELOW_HUNDRED)} | {english_number(n): n for n in range(20)}
TENS = {english_number(n): n for n in range(20, 100, 10)}
STEPS = {"सौ": 10**2, "हज़ार": 10**3, "लाख": 10**5, "करोड़": 10**7, "Hundred": 10**2, "Thousand": 10**3}
STEPS |= {"Lakh": 10**5, "Crore": 10**7, "Million": 10**6, "Billion": 10**9, "Trillion": 10**12}


def read_back(words: str) -> int:
    total = current = 0
    for word in words.split():
        if word not in STEPS:
            current += (SMALL | TENS)[word]
        elif word in {"सौ", "Hundred"}:
            current *= 100
        elif word in {"करोड़", "Crore"}:
            total, current = (total + current) * STEPS[word], 0
        else:
            total, current = total + current * STEPS[word], 0
    return total + current


@given(st.integers(0, 10**12))
def test_words_read_back_as_the_number(number: int) -> None:
    assert read_back(hindi_number(number)) == number
    assert read_back(english_number(number, lakhs=True)) == number
    assert read_back(english_number(number)) == number


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("8,000.50", "8000.50"),
        ("₹ 8000", "8000"),
        ("८०००", "8000"),
        ("Rs. 8,000/-", "8000"),
        ("Rs8000", "8000"),
        ("rs 1,00,000", "100000"),
        ("रु. ८,०००", "8000"),
        ("8000 INR", "8000"),
        ("8000 rupees", "8000"),
        ("  12,34,567.5\u200f ", "1234567.5"),
        ("8 000", "8000"),
        ("8\u00a0000", "8000"),
        (".50", "0.5"),
        ("0", "0"),
    ],
)
def test_amounts_are_read_as_people_type_them(typed: str, amount: str) -> None:
    assert money.parse_amount(typed) == Decimal(amount)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("-5", "negative"),
        ("(500)", "negative"),
        ("1.234", "decimals"),
        ("99999999999", "too large"),
        ("1000000000", "too large"),
        ("", "not an amount"),
        (".", "not an amount"),
        ("eight", "not an amount"),
        ("8,00", "not an amount"),
        ("8.000,50", "not an amount"),
        ("1e5", "not an amount"),
        ("NaN", "not an amount"),
        ("Infinity", "not an amount"),
        ("=1+1", "not an amount"),
        ("$ 500", "not an amount"),
        ("12 34", "not an amount"),
    ],
)
def test_what_is_no_amount_is_refused_with_a_sentence(typed: str, sentence: str) -> None:
    with pytest.raises(money.AmountError, match=sentence):
        money.parse_amount(typed)


def test_typed_amounts_follow_the_currency() -> None:
    assert money.parse_amount("$1,234.5", "USD") == Decimal("1234.50")
    assert money.parse_amount("1.234", "KWD") == Decimal("1.234")
    with pytest.raises(money.AmountError, match="decimals"):
        money.parse_amount("10.5", "JPY")


@given(st.decimals(min_value=0, max_value=money.LARGEST - 1, places=2, allow_nan=False))
def test_a_printed_amount_reads_back(amount: Decimal) -> None:
    for locale in ("en_IN", "hi_IN", "en_US"):
        assert money.parse_amount(format_currency(amount, "INR", locale=locale)) == amount
