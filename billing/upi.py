"""Paying a bill by UPI: the address that a phone's payment app understands, drawn as a QR code."""

from __future__ import annotations

from decimal import Decimal
from urllib.parse import quote, urlencode

import segno

CURRENCY = "INR"


def payment_address(upi_id: str, *, name: str, amount: Decimal, note: str) -> str:
    """`upi://pay?pa=…&pn=…&am=…&cu=INR&tn=…` as NPCI's linking specification writes it; the amount in rupees."""
    facts = {"pa": upi_id, "pn": name, "am": f"{amount:.2f}", "cu": CURRENCY, "tn": note}
    return f"upi://pay?{urlencode(facts, quote_via=quote, safe='@')}"


def qr_image(address: str) -> str:
    """The address as a QR code: an SVG in a data: URI, crisp on paper and allowed by the page's policy."""
    code = segno.make(address, error="m", micro=False)
    return str(code.svg_data_uri(border=2, dark="#000", light="#fff", omitsize=True))
