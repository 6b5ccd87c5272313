"""What is told of a change of an enrolment: its event, whom it calls, its line in the story of the case."""

from collections.abc import Sequence
from datetime import datetime

from contracts.event import Envelope, derived_id
from kit.telemetry import carried

from network.clock import SOURCE
from network.programmes.domain.enrolment import Enrolment
from network.programmes.domain.events import Called, event
from network.programmes.domain.grammar import Programme
from network.programmes.domain.owing import unit_of
from network.programmes.domain.windows import Window
from network.steps.step import Step


def step(before: Enrolment | None, after: Enrolment) -> Step:
    """The line of the last change in the story of the case: codes and units."""
    told = event(before, after)
    moved = before is not None and len(after.entered) > len(before.entered)
    reason = f"{after.programme}.{after.entered[-1].answer}" if moved else f"programme.{after.programme}"
    id = str(derived_id("network", after.id, f"step:{after.revision}"))
    return Step(
        id, "network", told.type, after.last.at, None, after.subject.case_id, unit=after.unit, by=after.last.by,
        reason=reason,
    )  # fmt: skip


def called(
    before: Enrolment | None, after: Enrolment, programme: Programme, found: Sequence[Window]
) -> Called:  # fmt: skip
    """Who hears of it at once: whom a stage that was entered calls; of what went by itself, whose it is too."""
    stage = programme.stages.get(after.stage)
    heard = after.heard != (before.heard if before else ()) or _by_itself(after)
    entered = before is None or len(after.entered) > len(before.entered)
    if stage is None or not (heard or (entered and stage.calls)):
        return Called()
    units = [after.unit, *(unit_of(after.county, each, after.unit) for each in stage.calls)]
    due = min((each.due for each in found if each.is_owed), default=None)
    return Called(tuple(dict.fromkeys(units[0 if heard else 1 :])), stage.priority, due)


def _by_itself(after: Enrolment) -> bool:
    return bool(after.heard) and after.entered[-1].said.cause == after.heard[-1].cause


def envelope(before: Enrolment | None, after: Enrolment, at: datetime, called: Called) -> Envelope:
    id = derived_id("network", after.id, f"event:{after.revision}")
    return Envelope.of(event(before, after, called), id=id, source=SOURCE, time=at, trace=carried())
