"""PDF files of our own press, put one behind the other. It reads nothing but what billing.pdf has made.

Press.pdf_of_many writes a plain table of objects, each `N 0 obj … endobj`, that refer to each other as `N 0 R`; object
1 is the list of pages. Pages and what they refer to are copied as they are under new numbers. Titles are made anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from io import BytesIO

import pydyf

REFERENCE = re.compile(rb"\b(\d+) 0 R\b")
ROW = re.compile(rb"(\d{10}) \d{5} n")
PAGES = 1


def stitch(files: Iterable[bytes], *, title: str = "") -> bytes:
    """One file with the pages of all, in their order. Such a file can be stitched again."""
    whole = pydyf.PDF()
    if title:
        whole.info["Title"] = pydyf.String(title)
    for file in files:
        _append(whole, _objects(file))
    target = BytesIO()
    whole.write(target)
    return target.getvalue()


class Copied(pydyf.Object):
    """An object as another file has it."""

    content = b""

    @property
    def data(self) -> bytes:
        return self.content


def _objects(file: bytes) -> dict[int, bytes]:
    """The objects of a file by their numbers, found where its own table says that they are."""
    table = file.rindex(b"xref\n", 0, file.rindex(b"startxref"))
    starts = sorted(int(row[1]) for row in ROW.finditer(file, table))
    found = {}
    for start, end in zip(starts, [*starts[1:], table], strict=True):
        number, _generation, rest = file[start:end].split(b" ", 2)
        found[int(number)] = rest.removeprefix(b"obj\n").removesuffix(b"\nendobj\n")
    return found


def _append(whole: pydyf.PDF, objects: dict[int, bytes]) -> None:
    kids = re.search(rb"/Kids \[(.*?)\]", objects[PAGES], re.DOTALL)
    assert kids
    pages = [int(number) for number in REFERENCE.findall(kids[1])]
    numbers = {PAGES: PAGES}
    copies = {}
    waiting = list(reversed(pages))
    while waiting:
        number = waiting.pop()
        if number in numbers:
            continue
        copies[number] = copy = Copied()
        if number in pages:
            whole.add_page(copy)
        else:
            whole.add_object(copy)
        numbers[number] = copy.number
        waiting += map(int, REFERENCE.findall(_head(objects[number])))
    for number, copy in copies.items():
        copy.content = _renumbered(objects[number], numbers)


def _head(content: bytes) -> bytes:
    """What stands before the bytes of a stream, which may look like anything."""
    return content.split(b"stream\n", 1)[0]


def _renumbered(content: bytes, numbers: dict[int, int]) -> bytes:
    head = _head(content)
    return REFERENCE.sub(lambda found: b"%d 0 R" % numbers[int(found[1])], head) + content[len(head) :]
