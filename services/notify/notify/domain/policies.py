"""The county's escalation policies: read from a file, refused when a message could escape them or end at nobody."""

import re
from collections import Counter
from collections.abc import Iterable
from datetime import time, timedelta
from typing import Annotated, Literal, Self

from contracts.event import Model
from pydantic import BeforeValidator, Field, model_validator

from notify.domain.escalation import Policy, Quiet, Step, Way, Whom

Purpose = Literal["unit_work", "window"]
"""Whose message it is: a unit's own work, or what the county's window must decide or hear."""
PURPOSES: tuple[Purpose, ...] = ("unit_work", "window")
PRIORITIES = (1, 2, 3, 4)

_SPAN = re.compile(r"(\d{1,4})(s|m|h)")
_SECONDS = {"s": 1, "m": 60, "h": 3600}


def span(text: object) -> object:
    """Raises ValueError for what is no span such as 90s, 15m or 2h."""
    if not isinstance(text, str):
        return text
    if not (match := _SPAN.fullmatch(text)):
        raise ValueError(f"{text!r} is no span: write 90s, 15m or 2h")
    return timedelta(seconds=int(match[1]) * _SECONDS[match[2]])


class StepLine(Model):
    """A step as it is written: so long after the one before it, whom, by which ways."""

    after: Annotated[timedelta, BeforeValidator(span)]
    whom: Whom
    by: Annotated[tuple[Way, ...], Field(min_length=1)]


class QuietLine(Model):
    start: time
    end: time


class PolicyLine(Model):
    """A policy as it is written. Both keys are named: one that is left out would match everything.

    `again`: so long after an acceptance without any work the message is asked again.
    """

    id: Annotated[str, Field(min_length=1, max_length=40)]
    purposes: Annotated[tuple[Purpose, ...], Field(min_length=1)]
    priorities: Annotated[tuple[Literal[1, 2, 3, 4], ...], Field(min_length=1)]
    quiet: QuietLine | None = None
    again: Annotated[timedelta | None, BeforeValidator(span)] = None
    steps: Annotated[tuple[StepLine, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _ends_at_somebody(self) -> Self:
        last = self.steps[-1]
        if last.whom != "last_resort" or "standing" not in last.by:
            raise ValueError(f"{self.id}: the last step is the last resort and stands, so that it is never empty")
        if self.quiet and 1 in self.priorities:
            raise ValueError(f"{self.id}: quiet hours never silence priority 1")
        return self


class Policies(Model):
    """All policies of a county, of one version."""

    version: Annotated[str, Field(min_length=1, max_length=40)]
    verified: bool
    source: str
    policies: tuple[PolicyLine, ...]

    @model_validator(mode="after")
    def _match_each_message_once(self) -> Self:
        matched = Counter(key for policy in self.policies for key in _keys(policy))
        wrong = [key for key in _all_keys() if matched[key] != 1]
        if wrong:
            raise ValueError(f"exactly one policy must match each purpose and priority, not so for {wrong}")
        return self

    def of(self, purpose: Purpose, priority: int | None) -> Policy:
        """The policy of a message; one without a priority is as urgent as the gravest."""
        key = purpose, priority or 1
        return next(_policy(each, self.version) for each in self.policies if key in _keys(each))


def _keys(policy: PolicyLine) -> Iterable[tuple[Purpose, int]]:
    return [(purpose, priority) for purpose in policy.purposes for priority in policy.priorities]


def _all_keys() -> Iterable[tuple[Purpose, int]]:
    return [(purpose, priority) for purpose in PURPOSES for priority in PRIORITIES]


def _policy(line: PolicyLine, version: str) -> Policy:
    steps = tuple(Step(each.after, each.whom, each.by) for each in line.steps)
    quiet = Quiet(line.quiet.start, line.quiet.end) if line.quiet else None
    return Policy(line.id, version, steps, quiet, line.again)
