"""The text of a cell without what nobody sees, and what in a cell means that it is blank."""

import unicodedata

BLANK = frozenset(
    {"", "-", "--", "---", "–", "—", ".", "na", "n/a", "n.a.", "nil", "none", "null", "#n/a", "?"}
)
INVISIBLE = frozenset({"Cf", "Cc", "Cs", "Co", "Cn"})


def tidy(text: str) -> str:
    """Without NUL bytes, zero-width and right-to-left marks and stray spaces; lines stay lines."""
    composed = unicodedata.normalize("NFC", text)
    lines = "".join(map(_visible, composed)).split("\n")
    return "\n".join(tidied for line in lines if (tidied := " ".join(line.split())))


def is_blank(text: str) -> bool:
    """Nothing, or one of the marks people write for nothing."""
    return text.casefold() in BLANK


def latin_digits(text: str) -> str:
    return "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text)


def _visible(char: str) -> str:
    if unicodedata.category(char) not in INVISIBLE:
        return char
    if char in "\n\r\x0b\x0c\x85":
        return "\n"
    return " " if char == "\t" else ""
