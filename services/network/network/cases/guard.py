"""The rules of closing in force, read from rules/closing.yaml and checked when the service starts."""

from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from network.cases.domain.closing import REASONS, Guard, Rule
from network.cases.domain.closings import CHECKS

FILE = files("network") / "rules" / "closing.yaml"


@cache
def load() -> Guard:
    """Raises ValueError for a rule that nothing checks, or a reason that nobody can give."""
    raw: dict[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))
    rules = {each["code"]: _rule(each) for each in raw["rules"]}
    if unknown := rules.keys() - CHECKS.keys():
        raise ValueError(f"closing.yaml names rules that nothing checks: {sorted(unknown)}; known are {sorted(CHECKS)}")
    return Guard(rules, raw["watch"]["days"], raw["remember"]["days"])


def _rule(raw: dict[str, Any]) -> Rule:
    reasons = tuple(raw.get("reasons", ()))
    if unknown := set(reasons) - set(REASONS):
        raise ValueError(f"closing.yaml, {raw['code']}: unknown reasons {sorted(unknown)}; known are {list(REASONS)}")
    return Rule(
        raw["code"], reasons, raw["source"], raw["verified"], str(raw["since"]), raw.get("days", 0), raw.get("least", 0)
    )
