"""Why is it 4? The first sentence, and what is said of every line."""

from __future__ import annotations

from uuid import uuid4

from clinic.models import Clinic
from tests.desk.explaining import told
from tests.factories import (
    owner_of,
    package,
    plan,
    use,
)


def act(clinic: Clinic, **facts: object) -> dict[str, object]:
    return {"on": clinic.today(), "by": owner_of(clinic), "key": uuid4(), "reason": "Goodwill"} | facts


def test_the_first_sentence_says_sold_used_and_left(asha: Clinic) -> None:
    pack = package(asha, of=plan(validity_count=None))
    use(asha, pack, 6)

    assert told(asha, pack).sentence == "10 sold, 6 used: 4 left, it never lapses."
    assert told(asha, pack).left == 4
