"""What reports may be counted by, the values that a dimension has, and how people say them."""

from collections.abc import Mapping
from enum import StrEnum

from contracts.languages import Lang, Said
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
_WORDS: Mapping[str, Said] = {
    "case_type": Said("案件類型", "case type"), "source_unit": Said("通報單位", "source unit"),
    "outcome": Said("篩派結果", "outcome"), "priority": Said("優先等級", "priority"),
    "township": Said("鄉鎮市區", "township"), "age_band": Said("被害人年齡", "age of the subject"),
    "month": Said("月份", "month"), "weekday": Said("星期", "weekday"),
    "hour": Said("時", "hour"), "danger_sign": Said("危險訊號", "danger sign"), "need": Said("需求面向", "need"),
    "unit": Said("受派單位", "unit"), "total": Said("合計", "total"), NONE: Said("無", "none"),
    UNKNOWN: Said("不詳", "unknown"),
    **{day: Said(f"星期{glyph}", day.title()) for day, glyph in zip(WEEKDAYS, "一二三四五六日", strict=True)},
}  # fmt: skip


def named(key: str, lang: Lang) -> str:
    """A dimension or `total` as people say it."""
    return _WORDS[key].in_(lang)


def value_named(dimension: Dimension, value: str, lang: Lang) -> str:
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
