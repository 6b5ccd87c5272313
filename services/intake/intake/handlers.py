"""Accepting reports: many share one durable write, each gets its own answer, a repeat gets the first one's."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from contracts.decisions import DecisionMade, ReviewRequested
from contracts.event import Event
from kit.group_commit import Full, GroupCommit
from kit.inbox import Received
from kit.mongo import Document
from kit.outbox import FIELD
from kit.problems import SOON, Conflict, Problem, Unavailable
from kit.sealed import Json, KeyVault
from rules.taiwan import taipei_day

from intake.arrivals import Arrival
from intake.domain.remarks import Remark, remark_of
from intake.domain.status import Step, steps_of
from intake.ledger.numbers import Following
from intake.store import CountyDay, Reports

LOOKS = 10
LOOK_AGAIN = 0.05

Touch = Callable[[CountyDay], None]
"""Says that the counts of a county and day may have changed."""

Tell = Callable[[Sequence[Step | Remark]], Awaitable[None]]
"""Tells senders about their reports, sooner or later; repeatable."""


@dataclass(frozen=True)
class Accepted:
    """A report is durable; `repeated` when it was already, `origin` the row of a batch that brought it first."""

    receipt: Json
    repeated: bool = False
    origin: str | None = None


Answer = Accepted | Problem


class Reception:
    """Accepts reports by group commit."""

    def __init__(
        self, reports: Reports, vault: KeyVault, following: Following, touch: Touch, *, most_waiting: int
    ) -> None:
        self._reports = reports
        self._following = following
        self._vault = vault
        self._touch = touch
        self._commit: GroupCommit[Arrival, Answer] = GroupCommit(self._write, waiting=most_waiting)

    async def accept(self, arrival: Arrival) -> Accepted:
        """The receipt, once the report is durable. Raises Conflict, or Unavailable when nothing can be promised."""
        try:
            answer = await self._commit.add(arrival)
        except Full:
            raise _not_now() from None
        if isinstance(answer, Problem):
            raise answer
        return answer

    async def _write(self, arrivals: Sequence[Arrival]) -> Sequence[Answer]:
        # Keys first: a report whose key is not kept would be lost as soon as it is stored.
        _, firsts, gaps = await asyncio.gather(
            self._vault.keep([key for arrival in arrivals for key in arrival.content.keys.values()]),
            self._reports.numbers(Counter(arrival.series for arrival in arrivals)),
            self._following.gaps(arrivals),
        )
        documents = _numbered(arrivals, firsts, gaps)
        taken = await self._reports.add(documents)
        new = [document for position, document in enumerate(documents) if position not in taken]
        self._following.stored(new)
        self._reports.outbox.send(new)
        for key in {(document["county"], document["day"]) for document in new if FIELD in document}:
            self._touch(key)
        repeats = await self._repeats([arrivals[position] for position in sorted(taken)])
        return [
            repeats.get(arrival.report_id) or Accepted(document["receipt"])
            for arrival, document in zip(arrivals, documents, strict=True)
        ]

    async def _repeats(self, arrivals: Sequence[Arrival]) -> dict[str, Answer]:
        """What to answer to reports that a claim excluded."""
        if not arrivals:
            return {}
        await asyncio.gather(*(self._vault.destroy(arrival.report_id) for arrival in arrivals))
        holders = await self._holders(arrivals)
        answers: dict[str, Answer] = {arrival.report_id: answer_to(arrival, holders) for arrival in arrivals}
        for arrival in arrivals:
            answer = answers[arrival.report_id]
            if isinstance(answer, Accepted) and not all(claim in holders for claim in arrival.claims):
                await self._reports.claim(answer.receipt["report_id"], arrival.claims)
        await self._following.repeated(
            [arrival for arrival in arrivals if came_again(arrival, answers[arrival.report_id])]
        )
        return answers

    async def _holders(self, arrivals: Sequence[Arrival]) -> Mapping[str, Document]:
        """Who holds the claims. A first copy that the majority does not have yet is not seen: look again."""
        claims = {claim for arrival in arrivals for claim in arrival.claims}
        holders: dict[str, Document] = {}
        for _ in range(LOOKS):
            holders = await self._reports.holders(claims)
            if all(any(claim in holders for claim in arrival.claims) for arrival in arrivals):
                break
            await asyncio.sleep(LOOK_AGAIN)
        return holders


def answer_to(arrival: Arrival, holders: Mapping[str, Document]) -> Answer:
    """The first report's receipt for the same report again; a conflict for another under the same claim."""
    first = {holders[claim]["_id"]: holders[claim] for claim in arrival.claims if claim in holders}
    if not first:
        return _not_now()
    fingerprints = {document.get("fingerprint") for document in first.values()}
    if len(first) == 1 and fingerprints == {arrival.content.fingerprint}:
        holder = next(iter(first.values()))
        return Accepted(holder["receipt"], repeated=True, origin=holder.get("origin"))
    return Conflict(
        "This Idempotency-Key or sender_ref was used for another report, which stands. Use a new one for a new report; "
        "correct a report with PATCH.",
        "此 Idempotency-Key 或 sender_ref 已用於另一份通報（仍有效）。新通報請用新值；更正請用 PATCH。",
    )


def came_again(arrival: Arrival, answer: Answer) -> bool:
    """Whether it was sent again; not when a crash merely made us take the same row of a file again."""
    return isinstance(answer, Accepted) and (answer.origin is None or answer.origin != arrival.origin)


def _numbered(
    arrivals: Iterable[Arrival], firsts: Mapping[str, int], gaps: Mapping[str, tuple[int, int]]
) -> list[Document]:
    following = dict(firsts)
    documents = []
    for each in arrivals:
        documents.append(each.document(following[each.series], gaps.get(each.report_id)))
        following[each.series] += 1
    return documents


def _not_now() -> Unavailable:
    return Unavailable(
        "Nothing durable can be promised now: send the same request again, with the same Idempotency-Key.",
        "目前無法確保收件：請以相同的 Idempotency-Key 重送。",
        headers=SOON,
    )


class Feedback:
    """Notes what became of reports, for their senders and for the counts."""

    def __init__(self, reports: Reports, touch: Touch, tell: Tell) -> None:
        self._reports = reports
        self._touch = touch
        self._tell = tell

    async def on_events(self, batch: Sequence[Received[Event]]) -> None:
        steps = [step for each in batch for step in steps_of(each.event)]
        remarks = [remark for each in batch if (remark := remark_of(each.id, each.event))]
        await self._reports.take(steps, remarks)
        await self._tell([*steps, *remarks])
        for each in batch:
            if isinstance(each.event, DecisionMade | ReviewRequested):
                self._touch((each.event.county, taipei_day(each.event.received_at).isoformat()))
