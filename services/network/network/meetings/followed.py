"""What becomes of decisions after the meeting: their lead says it, whoever has them in hand by now."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from contracts.roles import Caller, May, may
from kit.problems import Forbidden, NotFound

from network.access import Scope
from network.meetings.acts import Act, Acts, must_chair, runs
from network.meetings.bodies import OutcomeBody, ReasonBody, ToldBody
from network.meetings.domain import decisions as steps
from network.meetings.domain.decisions import Decision, Said
from network.meetings.domain.holding import must_stand_here, with_decision
from network.meetings.domain.item import Item
from network.meetings.domain.meeting import Meeting, must_be_held
from network.meetings.domain.owing import TELL
from network.meetings.domain.refusals import Refused
from network.meetings.room import Room
from network.once import Key
from network.tasks.domain.task import Task, task_id


@dataclass(frozen=True)
class Spot:
    """Where a decision stands: at an item, on the agenda of a meeting."""

    meeting: str
    item: str
    decision: str


Step = Callable[[Room, Meeting, Item, Decision, Act], Awaitable[Decision]]


class Followed:
    """Decisions on their way."""

    def __init__(self, acts: Acts) -> None:
        self.acts = acts

    async def outcome(self, at: Spot, body: OutcomeBody, caller: Caller, key: Key | None) -> None:
        """Done, not done, or not possible any more. Raises NotFound, Forbidden, Conflict."""
        _, item = await self.acts.item(at.meeting, at.item, caller)
        text = body.evidence if body.state == "done" else body.reason
        said = await self.acts.coded(item.owner_id, text)
        figures = tuple(sorted(body.figures.items()))

        async def step(room: Room, meeting: Meeting, found: Item, decision: Decision, act: Act) -> Decision:
            done = body.state == "done"
            return steps.reported(decision, Said(
                body.state, act.by, act.at, None if done else said.code, (said.code or None) if done else None, figures,
                said.words, meeting.id,
            ))  # fmt: skip

        await self._step(at, caller, step, f"decision_{body.state}", key=key, when=body.at)

    async def told(self, at: Spot, body: ToldBody, caller: Caller, key: Key | None) -> None:
        """The family or the victim knows. Raises NotFound, Forbidden, Conflict."""

        async def step(room: Room, meeting: Meeting, found: Item, decision: Decision, act: Act) -> Decision:
            return steps.told(decision, act.by, act.at)

        await self._step(at, caller, step, "person_told", key=key, when=body.at, tells=True)

    async def adopt(self, at: Spot, caller: Caller, key: Key | None) -> None:
        """A proposal becomes a decision at a meeting that may decide. Raises Conflict."""

        async def step(room: Room, meeting: Meeting, found: Item, decision: Decision, act: Act) -> Decision:
            must_be_held(meeting)
            must_stand_here(found, meeting)
            if not meeting.decides:
                raise Refused("too_few", meeting.id)
            await room.touch(meeting)
            return steps.adopted(decision, meeting.id, meeting.level, act.by, act.at)

        await self._step(at, caller, step, "adopted", key=key, convened=True)

    async def withdraw(self, at: Spot, body: ReasonBody, caller: Caller, key: Key | None) -> None:
        """A proposal that is not taken, for a reason. Raises Conflict."""
        _, item = await self.acts.item(at.meeting, at.item, caller)
        why = await self.acts.coded(item.owner_id, body.reason)

        async def step(room: Room, meeting: Meeting, found: Item, decision: Decision, act: Act) -> Decision:
            return steps.withdrawn(decision, Said("not_possible", act.by, act.at, why.code, note=why.words))

        await self._step(at, caller, step, "proposal_withdrawn", key=key, convened=True)

    async def _step(
        self, at: Spot, caller: Caller, step: Step, what: str, *, key: Key | None, when: datetime | None = None,
        convened: bool = False, tells: bool = False,
    ) -> None:  # fmt: skip
        _, item = await self.acts.item(at.meeting, at.item, caller)
        if item.decision(at.decision) is None:
            raise NotFound("There is no such decision.", "查無此決議。")
        tasks = () if convened else await self.acts.meetings.tasks.because_of(at.decision)
        # Who tells the person says that it was told, and not what became of the decision.
        holds = _holds([each for each in tasks if (each.id == task_id(at.decision, TELL)) is tells], caller)

        def allowed(meeting: Meeting, _: Item) -> None:
            if runs(meeting, caller) or holds:
                return
            if convened:
                must_chair(meeting, caller)
            else:
                raise Forbidden("Only the unit that owes it may say that.", "僅承辦該決議的單位可填報。")

        async def change(room: Room, held: Meeting, found: Item, act: Act) -> None:
            decision = found.decision(at.decision)
            assert decision, "a decision is never deleted"
            after = await step(room, held, found, decision, act)
            room.save(with_decision(found, after, act.line(what, after.reason, decision.id)))

        await self.acts.change_item(at.meeting, at.item, caller, change, key=key, at=when, allowed=allowed)


def _holds(tasks: Sequence[Task], caller: Caller) -> bool:
    """Whether what is owed is in the hands of a unit that this caller works for."""
    scope = Scope.of(caller)
    return may(caller.role, May.WORK) and any(scope.speaks_for(task.unit) for task in tasks)
