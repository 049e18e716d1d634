"""What counts as a signature, and what would smuggle something else into the page that shows it."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from clinic.signatures import LONGEST, SignatureField, validate_signature


@pytest.mark.parametrize(
    "path", ["M10 10L60 60", "M 10.5 10.25 L 390 119 L 12 8", "M1,1 L30,30\nM200 60L220 80L399.5 120"]
)
def test_what_a_pen_draws_is_a_signature(path: str) -> None:
    validate_signature(path)

    assert SignatureField().clean(path) == path.strip()


@pytest.mark.parametrize(
    "path",
    [
        "x",
        "L10 10L20 20",
        "M10 10C20 20 30 30 40 40",
        "M-5 10L60 60",
        "M10 10L401 60",
        "M10 10L60 121",
        "M10 10L1e3 60",
        'M10 10L60 60"/><script>alert(1)</script>',
        "M10 10L60 60url(#x)",
        "M١٠ ١٠L٦٠ ٦٠",
        "M10 10" + "L60 60" * LONGEST,
    ],
)
def test_anything_else_is_refused(path: str) -> None:
    with pytest.raises(ValidationError, match="cannot be read"):
        validate_signature(path)


@pytest.mark.parametrize("path", ["M10 10", "M10 10L10 10", "M10 10L12 12", "M10 10M200 100"])
def test_a_tap_is_no_signature(path: str) -> None:
    with pytest.raises(ValidationError, match="too short"):
        validate_signature(path)


def test_nobody_has_to_sign() -> None:
    assert SignatureField().clean("") == ""
