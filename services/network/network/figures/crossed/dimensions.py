"""What cases may be counted by, and in which order their values stand."""

from enum import StrEnum

from contracts.reports import CaseType
from rules import ages

from network.services import NEEDS


class Dimension(StrEnum):
    """By need, factor, service, outcome of a referral or programme a case counts once for each that it has."""

    CASE_TYPE = "case_type"
    NEED = "need"
    FACTOR = "factor"
    MODE = "mode"
    SERVICE = "service"
    REFERRAL = "referral"
    OUTCOME = "outcome"
    DURATION = "duration"
    TOWNSHIP = "township"
    AGE_BAND = "age_band"
    PROGRAMME = "programme"
    UNIT = "unit"
    MONTH = "month"


WRITTEN = (Dimension.TOWNSHIP, Dimension.FACTOR)
"""Values that people write; rare ones are gathered."""
SEVERAL = (Dimension.NEED, Dimension.FACTOR, Dimension.SERVICE, Dimension.REFERRAL, Dimension.PROGRAMME)
MONTHS = (1, 3, 6, 12)
"""Durations are told as less than so many months; the rest is `longer`, and what goes on is `open`."""
DURATIONS = (*(f"under_{each}" for each in MONTHS), "longer", "open")
NONE, UNKNOWN, OTHER = "none", "unknown", "other"
_ORDER = [*CaseType, *NEEDS, *ages.WORDS, *DURATIONS, OTHER, UNKNOWN, NONE]
_PREFIXES = {Dimension.SERVICE: "service.", Dimension.PROGRAMME: "programme.", Dimension.DURATION: "duration.",
             Dimension.OUTCOME: "case_outcome.", Dimension.REFERRAL: "referral_outcome."}  # fmt: skip


def place_of(value: str) -> tuple[int, str]:
    """Sorts codes in the order of their lists; what has none by its name, before the rest that is gathered."""
    return (_ORDER.index(value) if value in _ORDER else 0), value


def key_of(dimension: Dimension, value: str) -> str:
    """Under which key the value has its words."""
    if value in (NONE, UNKNOWN, OTHER):
        return f"cross.{value}"
    return f"{_PREFIXES.get(dimension, '')}{value}"
