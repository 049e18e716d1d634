"""Signatures drawn on a screen: the path of an SVG in a box of 400 by 120, made of moves and lines and nothing else."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

WIDTH, HEIGHT = 400, 120
LONGEST = 20_000
# What is nobody's signature: a tap, or a slip of the finger.
SHORTEST_STROKE = 10.0

_NUMBER = r"\d{1,3}(?:\.\d{1,2})?"
_POINT = rf"{_NUMBER}[ ,]{_NUMBER}"
_PATH = re.compile(rf"(?:\s*M ?{_POINT}(?:\s*L ?{_POINT})*)+\s*", re.ASCII)
_POINTS = re.compile(rf"([ML]) ?({_NUMBER})[ ,]({_NUMBER})", re.ASCII)


def validate_signature(path: str) -> None:
    """Refuse what the pad cannot have drawn: other commands, points outside of the box, no stroke at all."""
    if len(path) > LONGEST or not _PATH.fullmatch(path):
        raise ValidationError(
            _("This signature cannot be read. Clear it and sign once more."), code="invalid"
        )
    points = [(command, float(x), float(y)) for command, x, y in _POINTS.findall(path)]
    if any(x > WIDTH or y > HEIGHT for _command, x, y in points):
        raise ValidationError(
            _("This signature cannot be read. Clear it and sign once more."), code="invalid"
        )
    if _drawn(points) < SHORTEST_STROKE:
        raise ValidationError(_("This is too short for a signature. Sign once more."), code="too_short")


def _drawn(points: list[tuple[str, float, float]]) -> float:
    """How long the pen was on the paper."""
    length = 0.0
    for (_from, x, y), (command, to_x, to_y) in pairwise(points):
        if command == "L":
            length += ((to_x - x) ** 2 + (to_y - y) ** 2) ** 0.5
    return length


class SignatureField(forms.CharField):
    """A hidden input that the signature pad fills; nothing where nobody signed."""

    widget = forms.HiddenInput

    def __init__(self, **options: Any) -> None:
        options.setdefault("required", False)
        options.setdefault("label", _("Signature"))
        super().__init__(max_length=LONGEST, validators=[validate_signature], **options)
