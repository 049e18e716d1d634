"""What a line of a register becomes: a row, or the problems that are in its way."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

NO_KEY = UUID(int=0)


@dataclass(frozen=True)
class RegisterRow:
    """One pack as the register has it. Sessions and amounts agree with each other; phones are E.164."""

    line: int
    name: str
    sold: Decimal
    used: Decimal
    left: Decimal
    phone: str = ""
    other_phones: tuple[str, ...] = ()
    email: str = ""
    patient_number: str = ""
    age: int | None = None
    service: str = ""
    plan: str = ""
    price: Decimal | None = None
    paid: Decimal | None = None
    bought_on: date | None = None
    valid_until: date | None = None
    therapist: str = ""
    visits: tuple[date, ...] = ()
    note: str = ""
    agreed_on: date | None = None
    row_key: UUID = NO_KEY
    pack_key: UUID = NO_KEY


@dataclass(frozen=True)
class RowProblem:
    """Why a line cannot be imported: the heading and value to look at, and a sentence."""

    line: int
    column: str
    value: str
    sentence: str
