"""What a clause is called where a line of the passbook names it: as in the terms themselves."""

from __future__ import annotations

from .clause_rules import RULES

CLAUSES = {rule.code: rule.title for rule in RULES}


def clause_name(clause: str) -> str:
    """The name of a clause in the active language; nothing where a line names none."""
    return str(CLAUSES.get(clause, clause.replace("_", " ")))
