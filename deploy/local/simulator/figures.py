"""What the county published, read from `published.yaml`: the mix, the shares, and the assumptions beside them."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

Cell = tuple[str, str]
"""A case type and a source unit."""


@cache
def data(name: str) -> Any:
    """The content of a data file of this package, such as `names`."""
    return yaml.safe_load((files("simulator") / f"{name}.yaml").read_text("utf-8"))


def sources() -> list[str]:
    listed: list[str] = data("published")["published"]["reports_by_source"]["sources"]
    return listed


def mix() -> dict[Cell, int]:
    """How many reports were published for each case type and source unit."""
    rows = data("published")["published"]["reports_by_source"]["rows"]
    named = {case_type: zip(sources(), counts, strict=True) for case_type, counts in rows.items()}
    return {(case_type, source): n for case_type, counts in named.items() for source, n in counts}


def group_of(case_type: str) -> str:
    """The row of the outcome table in which a case type is counted."""
    return str(data("published")["outcome_group"][case_type])


def outcomes(group: str) -> Mapping[str, int]:
    """The published counts of one row of the outcome table; `total` is the sum of its rows."""
    table = data("published")["published"]["outcomes"]
    rows = list(table["rows"].values()) if group == "total" else [table["rows"][group]]
    return dict(zip(table["columns"], map(sum, zip(*rows, strict=True)), strict=True))


def shares(counts: Mapping[str, int]) -> dict[str, float]:
    """Shares as the county prints them: the outcomes that serve are divided by reports - duplicate - transferred."""
    reports = counts["reports"]
    to_serve = reports - counts["duplicate"] - counts["transferred"]
    whole = {"duplicate": reports, "transferred": reports}
    names = ("duplicate", "transferred", "welfare_centre", "protection", "no_dispatch")
    return {name: counts[name] / max(1, whole.get(name, to_serve)) for name in names}


def assumed() -> Mapping[str, Any]:
    chosen: Mapping[str, Any] = data("published")["assumed"]
    return chosen


def hours(source: str) -> list[int]:
    """The weight of each hour of the day for a source unit."""
    by_source = assumed()["hours"]
    weights: list[int] = by_source.get(source, by_source["office"])
    return weights
