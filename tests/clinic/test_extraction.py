"""What the code and the templates say is in the Hindi catalog, and nothing else is."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = settings.BASE_DIR
APPS = ("clinic", "packages", "visits", "billing", "desk")
KEYWORDS = (
    DEFAULT_KEYWORDS
    | {"gettext_noop": None}
    | {f"{name}_lazy": DEFAULT_KEYWORDS[name] for name in ("gettext", "ngettext", "pgettext", "npgettext")}
)


def test_every_sentence_of_the_program_is_in_the_catalog_and_no_other() -> None:
    """After a change: `manage.py makemessages -l hi`, as docs/hindi.md says."""
    catalog = read_po(BytesIO((ROOT / "locale/hi/LC_MESSAGES/django.po").read_bytes()), locale="hi")
    known = {_first(message.id) for message in catalog if message.id}
    said = {sentence for path in _sources() for sentence in _sentences(path)}

    assert said - known == set()
    assert known - said == set()


def _sources() -> Iterator[Path]:
    for app in APPS:
        yield from (ROOT / app).rglob("*.py")
    yield from (path for path in (ROOT / "templates").rglob("*") if path.suffix in {".html", ".txt"})


def _sentences(path: Path) -> Iterator[str]:
    source = path.read_text()
    if path.suffix != ".py":
        # Where there was markup stands a row of X's now; without their indents the lines are Python's words.
        source = "\n".join(line.strip() for line in templatize(source).splitlines())
    for _line, sentence, _comments, _context in extract("python", BytesIO(source.encode()), KEYWORDS):
        if _first(sentence):
            yield _first(sentence)


def _first(sentence: str | tuple[str, ...]) -> str:
    return sentence if isinstance(sentence, str) else sentence[0]
