"""Which kinds of record there are, and the indicators: read from rules/activities.yaml and rules/indicators.yaml."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from rules.spans import Span

from network.activities.domain.indicators import Indicator

RULES = files("network") / "rules"


def codes(of: str) -> tuple[str, ...]:
    """The codes of `activities`, `sites`, `bases`, `roles` or `courses`."""
    return tuple(_read("activities.yaml")[of])


def due_within(course: str) -> Span:
    return Span.parse(_read("activities.yaml")["due_within"][course])


@cache
def indicators() -> Sequence[Indicator]:
    """In the order in which a sheet prints them."""
    return tuple(Indicator(id, **said) for id, said in _read("indicators.yaml").items())


@cache
def typed_ones() -> tuple[str, ...]:
    """Those that nothing here works out: somebody types them."""
    return tuple(each.id for each in indicators() if not each.data)


@cache
def _read(name: str) -> Mapping[str, Any]:
    read: Mapping[str, Any] = yaml.safe_load((RULES / name).read_text("utf-8"))
    return read
