"""The rules that come as data with the package: duties, the letters of serials, and how to correct a field."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from intake.domain.duty import DutyRule, OralRule


@cache
def duties() -> tuple[DutyRule, ...]:
    """The reporting duties, in the order in which they are tried."""
    return tuple(DutyRule.of(row) for row in data("duties"))


@cache
def oral() -> tuple[OralRule, ...]:
    """When the written form of an oral report is due."""
    return tuple(OralRule.of(row) for row in data("oral"))


@cache
def serial_letters() -> Mapping[str, str]:
    """The three letters that begin a county's serials."""
    letters: Mapping[str, str] = data("serials")
    return letters


@cache
def corrections() -> Mapping[str, Mapping[str, str]]:
    """Words for a wrong field, by code: `code`, `en`, `zh`."""
    words: Mapping[str, Mapping[str, str]] = data("corrections")
    return words


@cache
def data(name: str) -> Any:
    """A data file of the package, parsed as YAML."""
    return yaml.safe_load((files("intake") / "data" / f"{name}.yaml").read_text("utf-8"))
