"""What the network service does on each event and each act of a person: load, decide, save."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from uuid import uuid4

from contracts.cases import CaseId
from contracts.decisions import SERVED, DecisionMade
from contracts.deliveries import DeliveryAcknowledged
from contracts.event import Envelope, Event, derived_id
from contracts.reports import ReportId
from kit.inbox import Received
from kit.telemetry import carried

from network.domain.register import Register
from network.store import Cases, Touched

SOURCE = "/safetynet/network"


def now() -> datetime:
    """The time in UTC, to the millisecond, as the database keeps it."""
    time = datetime.now(UTC)
    return time.replace(microsecond=time.microsecond // 1000 * 1000)


class Handlers:
    """The acts of the service over its register."""

    def __init__(self, cases: Cases, clock: Callable[[], datetime] = now) -> None:
        self._cases = cases
        self._clock = clock

    async def on_decisions(self, batch: Sequence[Received[Event]]) -> None:
        """Open a case, join one, or remember why there is none."""
        at = self._clock()
        made = [(each, each.event) for each in batch if isinstance(each.event, DecisionMade)]

        def work(register: Register) -> list[Envelope]:
            effects = [(each, register.decide(event, cause=each.id, at=at)) for each, event in made]
            return [_envelope(event, each.id, each.trace, at) for each, event in effects if event]

        if made:
            await self._cases.change(_touched([event for _, event in made]), work, at=at)

    async def on_deliveries(self, batch: Sequence[Received[Event]]) -> None:
        """Take in who pressed accept."""
        at = self._clock()
        acks = [(each, each.event) for each in batch if isinstance(each.event, DeliveryAcknowledged)]

        def work(register: Register) -> list[Envelope]:
            effects = [(each, register.acknowledge(ack, cause=each.id)) for each, ack in acks]
            return [_envelope(event, each.id, each.trace, at) for each, event in effects if event]

        if acks:
            await self._cases.change(Touched(reports=[ack.report_id for _, ack in acks]), work, at=at)

    async def accept(self, case_id: CaseId, report_id: ReportId, by: str) -> None:
        """Someone of the lead took a report on at a page or through the API. Raises NotInCase."""
        at, cause = self._clock(), str(uuid4())

        def work(register: Register) -> list[Envelope]:
            lead = register.cases[case_id].lead.unit
            event = register.accept(case_id, report_id, lead, by, cause=cause, at=at)
            return [_envelope(event, cause, carried(), at)] if event else []

        await self._cases.change(Touched(cases=[case_id]), work, at=at)

    async def return_(self, case_id: CaseId, report_id: ReportId, reason: str, by: str) -> None:
        """The lead gives a report back to the window. Raises NotInCase."""
        at, cause = self._clock(), str(uuid4())

        def work(register: Register) -> list[Envelope]:
            event = register.return_(case_id, report_id, reason=reason, by=by, cause=cause, at=at)
            return [_envelope(event, cause, carried(), at)]

        await self._cases.change(Touched(cases=[case_id]), work, at=at)


def _touched(decisions: Sequence[DecisionMade]) -> Touched:
    """The reports with those they belong to, and the families of those that are dispatched."""
    keys = [key for each in decisions if each.outcome in SERVED for key in each.family]
    return Touched(reports=[id for each in decisions for id in (each.report_id, *each.together)], family=keys)


def _envelope(event: Event, cause: str, trace: dict[str, str], at: datetime) -> Envelope:
    return Envelope.of(event, id=derived_id("network", cause, event.type), source=SOURCE, time=at, trace=trace)
