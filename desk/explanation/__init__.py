"""Explain: why a count is what it is, and which visits were not counted and why (DESIGN, explain_count)."""

from .counts import CountExplained, PatientExplained, explain_count, explain_patient

__all__ = ["CountExplained", "PatientExplained", "explain_count", "explain_patient"]
