"""How a patient is found: by name in any order and script, by phone in any notation, by patient number.

A patient is stored with `terms_of(...)`; what is typed becomes `query_terms(...)`. A patient is found when
for every typed word one of its alternatives is the beginning of one of the patient's terms. Terms of
different sorts never meet: plain words carry no mark, `~` marks how a word sounds, `>` a phone, `<` a
phone read backwards (for its last digits), `#` the patient number.
"""

import re
from collections.abc import Iterable, Iterator

from clinic.phones import PhoneError, display_phone, national_digits, normalise_phone
from clinic.spelling import clean, fold, is_devanagari, romanised, sound_keys

__all__ = ["PhoneError", "display_phone", "normalise_phone", "query_terms", "terms_of"]

LONGEST_TERM = 60
LONGEST_QUERY = 200
MOST_WORDS = 8
FEWEST_PHONE_DIGITS = 3

HONORIFICS = frozenset(
    {"mr", "mrs", "ms", "miss", "dr", "smt", "shri", "shrimati"}
    | {"श्री", "श्रीमती", "डॉ", "डा", "सुश्री", "कुमारी"}
)
# Letters with the signs that belong to them in Indian scripts, which \w leaves out.
LETTERS = re.compile(r"[^\W\d_](?:[^\W\d_]|[\u0900-\u0963\u0970-\u0dff])*")
DIGITS = re.compile(r"\d(?:[\d\s\-().]*\d)?")
TYPED = re.compile(f"{LETTERS.pattern}|{DIGITS.pattern}")
INSIDE_A_NAME = re.compile(r"(?<=[^\W\d_])['’`´‐‑-](?=[^\W\d_])")


def terms_of(name: str, phones: Iterable[str], number: int | str, country: str) -> set[str]:
    """Every term under which a patient is stored; `country` says how phones without a code are read."""
    terms = {term for word in _words(name) for term in _word_terms(word)}
    for phone in phones:
        terms.update(_phone_terms(phone, country))
    terms.update(_number_terms(number))
    return {term[:LONGEST_TERM] for term in terms}


def query_terms(text: str) -> list[tuple[str, ...]]:
    """For each typed word the beginnings of terms that answer it, literal ones first."""
    typed = TYPED.findall(INSIDE_A_NAME.sub("", clean(text[:LONGEST_QUERY])))
    # "Dr Mehta" is looked for as Mehta, for he may be stored without; "dr" alone is a word like any other.
    words = [word for word in typed if word not in HONORIFICS] or typed
    return list(dict.fromkeys(_alternatives(word) for word in words))[:MOST_WORDS]


def _words(name: str) -> set[str]:
    """The words of a name; D'Souza counts as "d", "souza" and "dsouza", A.K. as "a", "k" and "ak"."""
    cleaned = clean(name)
    joined = re.sub(r"['’`´‐‑.-]", "", cleaned)
    return set(re.findall(f"{LETTERS.pattern}|\\d+", f"{cleaned} {joined}"))


def _word_terms(word: str) -> Iterator[str]:
    yield fold(word)
    if is_devanagari(word):
        yield from romanised(word)
    yield from _sounds(word)


def _sounds(word: str) -> Iterator[str]:
    """How the word sounds, as terms; a single letter sounds like too many."""
    for form in romanised(word) if is_devanagari(word) else [word]:
        if form.isascii() and form.isalpha():
            yield from (f"~{key}" for key in sound_keys(form) if len(key) > 1)


def _phone_terms(phone: str, country: str) -> Iterator[str]:
    try:
        international = normalise_phone(phone, country).removeprefix("+")
    except PhoneError:
        international = ""
    if national := national_digits(phone, country):
        yield from (
            f">{national}",
            f">{national.lstrip('0')}",
            f">{international or national}",
            f"<{national[::-1]}",
        )


def _number_terms(number: int | str) -> Iterator[str]:
    """A number such as P-0012 is found by 12, 0012 and P0012."""
    for run in TYPED.findall(clean(str(number))):
        yield from (f"#{run}", f"#{run.lstrip('0')}") if run.isdigit() else (run,)


def _alternatives(word: str) -> tuple[str, ...]:
    if word[0].isdigit():
        found = _digit_alternatives(re.sub(r"\D", "", word))
    else:
        found = [fold(word), *_sounds(word)]
    return tuple(dict.fromkeys(term[:LONGEST_TERM] for term in found))


def _digit_alternatives(digits: str) -> list[str]:
    """Digits may begin a patient number or a phone with or without its 0 or 00, or end a phone."""
    bare = digits.lstrip("0")
    found = [f"#{bare or digits}", digits]
    if len(bare) >= FEWEST_PHONE_DIGITS:
        found += [f">{bare}", f">{digits}"]
    if len(digits) >= FEWEST_PHONE_DIGITS:
        found.append(f"<{digits[::-1]}")
    return found
