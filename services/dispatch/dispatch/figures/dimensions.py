"""What reports may be counted by, the values that a dimension has, and how people say them."""

from enum import StrEnum

from contracts.reports import CaseType, SourceUnit
from contracts.words import OUTCOMES
from rules import ages

from dispatch.site import words


class Dimension(StrEnum):
    """What reports may be counted by. By danger sign or need a report counts once for each that it names."""

    CASE_TYPE = "case_type"
    SOURCE_UNIT = "source_unit"
    OUTCOME = "outcome"
    PRIORITY = "priority"
    TOWNSHIP = "township"
    AGE_BAND = "age_band"
    MONTH = "month"
    WEEKDAY = "weekday"
    HOUR = "hour"
    DANGER_SIGN = "danger_sign"
    NEED = "need"
    UNIT = "unit"


OPEN = (Dimension.TOWNSHIP, Dimension.UNIT)
"""Senders write these values."""
SEVERAL = (Dimension.DANGER_SIGN, Dimension.NEED)
"""A report may have several of these values."""
NONE, OTHER, UNKNOWN, PENDING = "none", "other", "unknown", "pending"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ORDER = [*CaseType, *SourceUnit, *OUTCOMES, *ages.WORDS, *WEEKDAYS, PENDING, OTHER, UNKNOWN, NONE]
_WORDS = {
    "case_type": ("案件類型", "case type"), "source_unit": ("通報單位", "source unit"),
    "outcome": ("篩派結果", "outcome"), "priority": ("優先等級", "priority"), "township": ("鄉鎮市區", "township"),
    "age_band": ("被害人年齡", "age of the subject"), "month": ("月份", "month"), "weekday": ("星期", "weekday"),
    "hour": ("時", "hour"), "danger_sign": ("危險訊號", "danger sign"), "need": ("需求面向", "need"),
    "unit": ("受派單位", "unit"), "total": ("合計", "total"), NONE: ("無", "none"),
    UNKNOWN: ("不詳", "unknown"),
    **{day: (f"星期{glyph}", day.title()) for day, glyph in zip(WEEKDAYS, "一二三四五六日", strict=True)},
}  # fmt: skip


def named(key: str, lang: str) -> str:
    """A dimension or `total` as people say it."""
    return _WORDS[key][words.LANGUAGES.index(lang)]


def value_named(dimension: Dimension, value: str, lang: str) -> str:
    """A value of a dimension as people say it."""
    if value in _WORDS:
        return named(value, lang)
    if dimension in SEVERAL:
        return words.code(f"{dimension}s", value, lang)
    if "/" in value:
        return words.unit(value, lang)
    return value if dimension in OPEN and value != OTHER else words.word(value, lang)


def place_of(value: str) -> tuple[int, str]:
    """Sorts codes in the order of their lists; what has none by its name, before the rest that is gathered."""
    return (_ORDER.index(value) if value in _ORDER else 0), value
