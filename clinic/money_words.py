"""Amounts in words, as bills and receipts print them below the total.

Indian currencies count in lakh and crore and put the unit first in English ("Rupees Eight Thousand Only");
all others count in thousands and millions ("Eight Thousand Dollars and 50 Cents Only").
"""

from decimal import Decimal

from babel.numbers import get_currency_name

LAKH_CURRENCIES = frozenset({"INR", "NPR", "PKR"})

# (one, many, one of the minor unit, many of it); a currency that is not here is named by Babel.
ENGLISH_UNITS = {
    "INR": ("Rupees", "Rupees", "Paisa", "Paise"),
    "NPR": ("Rupees", "Rupees", "Paisa", "Paisa"),
    "PKR": ("Rupees", "Rupees", "Paisa", "Paisa"),
    "LKR": ("Rupee", "Rupees", "Cent", "Cents"),
    "USD": ("Dollar", "Dollars", "Cent", "Cents"),
    "AUD": ("Dollar", "Dollars", "Cent", "Cents"),
    "CAD": ("Dollar", "Dollars", "Cent", "Cents"),
    "NZD": ("Dollar", "Dollars", "Cent", "Cents"),
    "SGD": ("Dollar", "Dollars", "Cent", "Cents"),
    "EUR": ("Euro", "Euros", "Cent", "Cents"),
    "GBP": ("Pound", "Pounds", "Penny", "Pence"),
    "AED": ("Dirham", "Dirhams", "Fils", "Fils"),
    "KWD": ("Dinar", "Dinars", "Fils", "Fils"),
    "JPY": ("Yen", "Yen", "", ""),
}

ENGLISH_SMALL_WORDS = (
    "Zero One Two Three Four Five Six Seven Eight Nine Ten Eleven Twelve Thirteen Fourteen Fifteen Sixteen "
    "Seventeen Eighteen Nineteen"
)
ENGLISH_TENS_WORDS = "Zero Ten Twenty Thirty Forty Fifty Sixty Seventy Eighty Ninety"
ENGLISH_SMALL, ENGLISH_TENS = ENGLISH_SMALL_WORDS.split(), ENGLISH_TENS_WORDS.split()

# Every Hindi number below a hundred is a word of its own.
HINDI_WORDS = (
    "शून्य एक दो तीन चार पाँच छह सात आठ नौ "
    "दस ग्यारह बारह तेरह चौदह पंद्रह सोलह सत्रह अठारह उन्नीस "
    "बीस इक्कीस बाईस तेईस चौबीस पच्चीस छब्बीस सत्ताईस अट्ठाईस उनतीस "
    "तीस इकतीस बत्तीस तैंतीस चौंतीस पैंतीस छत्तीस सैंतीस अड़तीस उनतालीस "
    "चालीस इकतालीस बयालीस तैंतालीस चवालीस पैंतालीस छियालीस सैंतालीस अड़तालीस उनचास "
    "पचास इक्यावन बावन तिरपन चौवन पचपन छप्पन सत्तावन अट्ठावन उनसठ "
    "साठ इकसठ बासठ तिरसठ चौंसठ पैंसठ छियासठ सड़सठ अड़सठ उनहत्तर "
    "सत्तर इकहत्तर बहत्तर तिहत्तर चौहत्तर पचहत्तर छिहत्तर सतहत्तर अठहत्तर उन्यासी "
    "अस्सी इक्यासी बयासी तिरासी चौरासी पचासी छियासी सत्तासी अट्ठासी नवासी "
    "नब्बे इक्यानवे बानवे तिरानवे चौरानवे पचानवे छियानवे सत्तानवे अट्ठानवे निन्यानवे"
)
HINDI_BELOW_HUNDRED = HINDI_WORDS.split()

LAKH_STEPS = ((10**7, "Crore", "करोड़"), (10**5, "Lakh", "लाख"), (10**3, "Thousand", "हज़ार"))
WESTERN_STEPS = ((10**12, "Trillion"), (10**9, "Billion"), (10**6, "Million"), (10**3, "Thousand"))


def english_number(number: int, *, lakhs: bool = False) -> str:
    """A whole number from 0 up in English words, in lakh and crore or in millions."""
    if number < 20:
        return ENGLISH_SMALL[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return ENGLISH_TENS[tens] + (f" {ENGLISH_SMALL[ones]}" if ones else "")
    steps = [(size, name) for size, name, _ in LAKH_STEPS] if lakhs else list(WESTERN_STEPS)
    size, name = next(((size, name) for size, name in steps if number >= size), (100, "Hundred"))
    many, rest = divmod(number, size)
    words = f"{english_number(many, lakhs=lakhs)} {name}"
    return f"{words} {english_number(rest, lakhs=lakhs)}" if rest else words


def hindi_number(number: int) -> str:
    """A whole number from 0 up in Hindi words."""
    if number < 100:
        return HINDI_BELOW_HUNDRED[number]
    steps = [(size, name) for size, _, name in LAKH_STEPS]
    size, name = next(((size, name) for size, name in steps if number >= size), (100, "सौ"))
    many, rest = divmod(number, size)
    words = f"{hindi_number(many)} {name}"
    return f"{words} {hindi_number(rest)}" if rest else words


def english_amount(amount: Decimal, currency: str, places: int) -> str:
    """A positive, already rounded amount in English, ending in "Only"."""
    whole, minor = _parts(amount, places)
    one, many, minor_one, minor_many = ENGLISH_UNITS.get(currency) or _babel_units(currency)
    if currency in LAKH_CURRENCIES:
        minor_words = f"{english_number(minor)} {minor_one if minor == 1 else minor_many}"
        parts = [f"{many} {english_number(whole, lakhs=True)}"] if whole or not minor else []
    else:
        minor_words = (
            f"{minor} {minor_one if minor == 1 else minor_many}" if minor_many else f"{minor}/{10**places}"
        )
        parts = [f"{english_number(whole)} {one if whole == 1 else many}"]
    if minor:
        parts.append(minor_words)
    return " and ".join(parts) + " Only"


def hindi_amount(amount: Decimal, currency: str, places: int) -> str:
    """A positive, already rounded amount in Hindi, ending in "मात्र"."""
    whole, minor = _parts(amount, places)
    if currency == "INR":
        unit = "रुपया" if whole == 1 else "रुपये"
        minor_words = f"{hindi_number(minor)} {'पैसा' if minor == 1 else 'पैसे'}"
    else:
        unit = get_currency_name(currency, count=whole, locale="hi")
        minor_words = f"{minor}/{10**places}"
    parts = [f"{hindi_number(whole)} {unit}"] if whole or not minor or currency != "INR" else []
    if minor:
        parts.append(minor_words)
    return " और ".join(parts) + " मात्र"


def _parts(amount: Decimal, places: int) -> tuple[int, int]:
    whole, minor = divmod(int(amount.scaleb(places)), 10**places)
    return whole, minor


def _babel_units(currency: str) -> tuple[str, str, str, str]:
    one, many = (get_currency_name(currency, count=count, locale="en") for count in (1, 2))
    return one.title(), many.title(), "", ""
