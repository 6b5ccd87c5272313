"""Improper reports 不良通報: what was incomplete or wrong is told to the sender as teaching, never as refusal."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Literal
from uuid import uuid4

from contracts.decisions import Shortcoming
from contracts.event import Model
from kit.problems import Conflict
from kit.telemetry import carried
from pydantic import Field

from dispatch.domain.report.actor import Actor, Sees
from dispatch.domain.report.events import found_improper, owed
from dispatch.domain.report.history import line
from dispatch.domain.report.report import Improper as Kept
from dispatch.domain.report.report import Report
from dispatch.window.acts import change, must_hold, seen
from dispatch.window.store import Reports

Place = Literal[
    "/case_type", "/event/occurred_at", "/event/place", "/event/kinds", "/event/danger_signs", "/event/narrative",
    "/people", "/people/0/name", "/people/0/national_id", "/people/0/birth_date", "/people/0/phones",
    "/people/0/residence", "/assessments", "/needs", "/reporter",
]  # fmt: skip
"""Places of a report, as JSON pointers; person 0 is its subject as the form asks first."""
Code = Literal["missing", "wrong", "unclear", "too_short", "contradictory"]
PLACES: tuple[str, ...] = Place.__args__  # type: ignore[attr-defined]
CODES: tuple[str, ...] = Code.__args__  # type: ignore[attr-defined]
LINES = (1, 2, 3)
"""How many shortcomings the form takes at once; the API takes more."""


class Found(Model):
    """One place and what is wrong there; codes alone, so that nobody is named."""

    at: Place
    code: Code


class Improper(Model):
    """What an officer found of the decision's `version` that was looked at."""

    version: int = Field(ge=1)
    shortcomings: Annotated[tuple[Found, ...], Field(min_length=1, max_length=15)]


def improper_of(form: Mapping[str, str]) -> Improper:
    """From the board's form, with `at1` and `code1` and so on. Raises ValidationError when none is chosen."""
    lines = [(form.get(f"at{line}"), form.get(f"code{line}")) for line in LINES]
    chosen = [{"at": at, "code": code} for at, code in lines if at or code]
    return Improper.model_validate({"version": form.get("version"), "shortcomings": chosen})


class Teaching:
    """Finds reports improper, once for each version that a sender sent; the sender hears of it through intake."""

    def __init__(self, reports: Reports, now: Callable[[], datetime]) -> None:
        self._reports = reports
        self._now = now

    async def find(self, report_id: str, found: Improper, by: Actor, sees: Sees) -> Report:
        """The report with what was found. Raises NotFound, or Conflict where somebody was faster."""
        report, now = await seen(self._reports, report_id, sees), self._now()
        must_hold(report)
        if earlier := report.improper:
            raise Conflict(f"{earlier.name} has told the sender already.", f"{earlier.name} 已告知通報單位。")
        each = tuple(Shortcoming(at=one.at, code=one.code) for one in found.shortcomings)
        happened = line(str(uuid4()), now, "found_improper", by.name)
        event = owed(found_improper(report, each, now), happened.id, carried(), now, now)
        after = replace(
            report,
            improper=Kept(by.username, by.name, now, each),
            changed_at=now,
            history=(*report.history, happened),
            outbox=(*report.outbox, event),
        )
        return await change(self._reports, report, after, by, now, "improper", "version")
