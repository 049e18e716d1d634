"""One name in many spellings: folding, Devanagari in Latin letters, and a key for names that sound alike.

"Lakshmi", "Laxmi" and "लक्ष्मी" share the key "laksmi". The key of the first letters of a name is nearly always
the beginning of its key, so finding while typing works across spellings and scripts.
"""

import re
import unicodedata

VIRAMA, NUKTA, ANUSVARA, CANDRABINDU, VISARGA = "\u094d", "\u093c", "\u0902", "\u0901", "\u0903"
INVISIBLE = frozenset({"Cf", "Cc", "Cs", "Co", "Cn"})
DEVANAGARI = re.compile(r"[\u0900-\u097f]")
NASAL_BEFORE_CONSONANT = re.compile(r"[ङञणनम]\u094d(?=[क-ह])")

CONSONANT_LETTERS = (
    "क:k ख:kh ग:g घ:gh ङ:n च:ch छ:chh ज:j झ:jh ञ:n ट:t ठ:th ड:d ढ:dh ण:n त:t थ:th द:d ध:dh न:n "
    "प:p फ:ph ब:b भ:bh म:m य:y र:r ल:l ळ:l व:v श:sh ष:sh स:s ह:h"
)
VOWEL_LETTERS = "अ:a आ:a इ:i ई:i उ:u ऊ:u ऋ:ri ए:e ऐ:ai ओ:o औ:au ऑ:o ऍ:e"
CONSONANTS, VOWELS = (
    dict(pair.split(":") for pair in letters.split()) for letters in (CONSONANT_LETTERS, VOWEL_LETTERS)
)
VOWEL_SIGNS = {
    "\u093e": "a", "\u093f": "i", "\u0940": "i", "\u0941": "u", "\u0942": "u", "\u0943": "ri", "\u0945": "e",
    "\u0947": "e", "\u0948": "ai", "\u0949": "o", "\u094b": "o", "\u094c": "au",
}  # fmt: skip
INHERENT = "ə"

# In this order; each turns spellings that sound alike into one.
SOUNDS = [
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"m[ou]ha?mm?[ae]d", "mohamad"),
        (r"dny|jny|gny|jn", "gy"),
        (r"x", "ks"),
        (r"ph", "f"),
        (r"[sz]h", "s"),
        (r"z", "j"),
        (r"q|ck", "k"),
        (r"(?<=[kgcjtdbrlv])h+", ""),
        (r"ow(?=[aeiou])", "ov"),
        (r"ou|au|ow", "o"),
        (r"w", "v"),
        (r"ao", "av"),
        (r"aa+", "a"),
        (r"ee+|ii+", "i"),
        (r"oo+|uu+", "u"),
        (r"ay[ae](?=[^aeiou])", "e"),
        (r"iy(?=[aeou])", "i"),
        (r"[ae][yi](?![aeiou])", "e"),
        (r"y(?![aeiou])", "i"),
        (r"(.)\1+", r"\1"),
    )
]
# The short a that is written or left out: Kamala and Kamla, Yashavant and Yashwant.
SILENT_A = re.compile(r"([aeiou][^aeiou])a(?=[^aeiou][aeiou])")


def clean(text: str) -> str:
    """The text in small letters and Latin digits, without accents and without marks that nobody sees."""
    composed = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFC", "".join(map(_clean_char, unicodedata.normalize("NFD", composed))))


def fold(word: str) -> str:
    """A clean word with the variants of Devanagari letters made one: चाँद is चांद, सन्तोष is संतोष."""
    plain = word.replace(NUKTA, "").replace(CANDRABINDU, ANUSVARA)
    return NASAL_BEFORE_CONSONANT.sub(ANUSVARA, plain)


def romanised(word: str) -> list[str]:
    """The ways in which a clean Devanagari word is written in Latin letters, the likeliest first."""
    # The flapped ड़ is written d (Rathod) or r (Chopra).
    flaps = (word, re.sub(f"[डढ]{NUKTA}", "र", word))
    return list(dict.fromkeys(form for flap in flaps for form in _spoken(_latin_letters(flap))))


def sound_keys(word: str) -> list[str]:
    """The keys by which a clean Latin word is heard: with every short a, and without the silent ones."""
    key = word
    for pattern, sound in SOUNDS:
        key = pattern.sub(sound, key)
    return list(dict.fromkeys((key, SILENT_A.sub(r"\1", key))))


def is_devanagari(word: str) -> bool:
    return DEVANAGARI.search(word) is not None


def _clean_char(char: str) -> str:
    if unicodedata.category(char) in INVISIBLE:
        return " " if char.isspace() else ""
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    return "" if "\u0300" <= char <= "\u036f" else char


def _latin_letters(word: str) -> str:
    """Letter by letter; the vowel that a consonant carries unwritten is marked, so that it can be dropped."""
    latin = ""
    # सिंह is written Singh, ज्ञान is written Gyan.
    for char in word.replace(f"{ANUSVARA}ह", f"{ANUSVARA}घ").replace("ज\u094dञ", "ग\u094dय"):
        if char in CONSONANTS:
            latin += CONSONANTS[char] + INHERENT
        elif char in VOWEL_SIGNS:
            latin = latin.removesuffix(INHERENT) + VOWEL_SIGNS[char]
        elif char == VIRAMA:
            latin = latin.removesuffix(INHERENT)
        elif char in (ANUSVARA, CANDRABINDU):
            latin += "n"
        elif char not in (NUKTA, VISARGA):
            latin += VOWELS.get(char, char)
    return re.sub(r"n(?=[pbm])", "m", latin)


def _spoken(latin: str) -> list[str]:
    """The unwritten vowel is not spoken at the end, but after two consonants it may be (Krishna, Vasant)."""
    stem = latin.removesuffix(INHERENT) if len(latin) > 2 else latin
    spoken = stem.replace(INHERENT, "a")
    if stem != latin and re.search(r"[^aeiouə]{2}$", stem):
        return [spoken, spoken + "a"]
    return [spoken]
