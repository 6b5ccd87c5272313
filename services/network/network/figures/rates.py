"""Rates by case type, as the county defines them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

FILE = files("network") / "rules" / "figures.yaml"


@dataclass(frozen=True)
class Counted:
    """Reports of one case type: by outcome, and of those dispatched by what the lead found."""

    outcomes: Mapping[str, int] = field(default_factory=dict)
    opened: int = 0
    not_opened: Mapping[str, int] = field(default_factory=dict)

    @property
    def received(self) -> int:
        return sum(self.outcomes.values())

    @property
    def dispatched(self) -> int:
        return sum(self.outcomes.get(each, 0) for each in ("protection", "welfare_centre"))

    @property
    def assessed(self) -> int:
        return self.opened + sum(self.not_opened.values())


@dataclass(frozen=True)
class Definition:
    """A service rate (保護服務提供率): these outcomes over all that were received, less those."""

    over: tuple[str, ...]
    less: tuple[str, ...]
    source: str
    verified: bool


@cache
def definition() -> Definition:
    """The definition in force. Chiayi City prints 56.0 % for 109: 1,678 / (3,425 - 429)."""
    raw: dict[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))["service_rate"]
    return Definition(tuple(raw["over"]), tuple(raw["less"]), raw["source"], raw["verified"])


def service_rate(counted: Counted, by: Definition) -> float | None:
    """A share of 1, None of nothing."""
    outcomes = counted.outcomes
    return _share(sum(outcomes.get(each, 0) for each in by.over),
                  counted.received - sum(outcomes.get(each, 0) for each in by.less))  # fmt: skip


def opening_rate(counted: Counted) -> float | None:
    """Opened over assessed: what nobody has assessed yet stands apart and never counts as opened."""
    return _share(counted.opened, counted.assessed)


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
