"""Whether two names are one person's, in whatever spelling, order and script: लक्ष्मी राव and Rao Laxmi are."""

from functools import lru_cache
from itertools import islice, product

from clinic.search_terms import HONORIFICS, LETTERS, terms_of
from clinic.spelling import clean

SOUND = "~"
# Names of more words or more ways to say them than this are compared by their first ones.
MOST_WORDS, MOST_KEYS = 6, 64


def name_keys(name: str) -> frozenset[str]:
    """Names are the same where they share a key: every word sounds like one of the other's, in any order."""
    sounds = [_sounds(word) for word in sorted(_words(name))]
    if not sounds:
        return frozenset({clean(name)})
    return frozenset(" ".join(sorted(said)) for said in islice(product(*sounds), MOST_KEYS))


def is_same(name: str, other: str) -> bool:
    return not name_keys(name).isdisjoint(name_keys(other))


def may_be_same(name: str, other: str) -> bool:
    """For two who share a phone: the same name, or one that leaves out what follows the first ("Asha")."""
    if is_same(name, other):
        return True
    short, long = sorted((_words(name), _words(other)), key=len)
    return bool(short) and _alike(short[0], long[0]) and all(_among(word, long) for word in short)


def _among(word: str, words: tuple[str, ...]) -> bool:
    return any(_alike(word, other) for other in words)


def _alike(word: str, other: str) -> bool:
    return not set(_sounds(word)).isdisjoint(_sounds(other))


@lru_cache(maxsize=50_000)
def _words(name: str) -> tuple[str, ...]:
    words = LETTERS.findall(clean(name))
    return tuple([word for word in words if word not in HONORIFICS] or words)[:MOST_WORDS]


@lru_cache(maxsize=50_000)
def _sounds(word: str) -> tuple[str, ...]:
    """How a word sounds; itself where that is not known (an initial, another script)."""
    terms = sorted(terms_of(word, (), "", ""))
    return tuple([term for term in terms if term.startswith(SOUND)] or terms)
