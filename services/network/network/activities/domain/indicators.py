"""Indicators against their targets (績效指標): worked out of what the platform knows, else as somebody typed them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from network.activities.domain.record import Record, Typed

PER = 10_000


@dataclass(frozen=True)
class Indicator:
    """`data` names what it is worked out of, empty for one that is typed; `per` says it for so many people."""

    id: str
    source: str
    verified: bool
    target: float | None = None
    data: str = ""
    per: int | None = None


@dataclass(frozen=True)
class Value:
    """An indicator in a year; `record` is who typed it where nothing else says it."""

    indicator: Indicator
    value: float | None
    part: int | None = None
    whole: int | None = None
    record: Record | None = None

    @property
    def is_met(self) -> bool | None:
        target = self.indicator.target
        return None if target is None or self.value is None else self.value >= target


Parts = Mapping[str, tuple[int, int]]
"""What the platform counts, by name: a part and its whole."""


def valued(indicators: Sequence[Indicator], parts: Parts, typed: Sequence[Record], people: int | None) -> list[Value]:
    """Each with what the platform knows; where it knows nothing, with what was typed last."""
    latest = {each.what.indicator: each for each in typed if isinstance(each.what, Typed)}
    return [_value(each, parts, latest.get(each.id), people) for each in indicators]


def _value(each: Indicator, parts: Parts, record: Record | None, people: int | None) -> Value:
    if each.data in parts:
        part, whole = parts[each.data]
        whole = people or 0 if each.per else whole
        return Value(each, part * (each.per or 1) / whole if whole else None, part, whole)
    if record and isinstance(record.what, Typed):
        return Value(each, record.what.share, record.what.part, record.what.whole, record)
    return Value(each, None)
