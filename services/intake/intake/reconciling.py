"""Reconciliation: a sender's list of a day against what was received, so that nothing is lost without being named."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Annotated, Self

from contracts.event import Model
from contracts.reports import ReportId
from kit.mongo import Document
from pydantic import Field, model_validator
from rules.taiwan import taipei_day

from intake.arrivals import Sealing
from intake.domain.gaps import NumberGap
from intake.domain.reconciling import Stage, gaps, repeated, stage_of
from intake.domain.status import Status, latest
from intake.ledger.numbers import Following
from intake.refs import Refs
from intake.store import Reports, steps_in

MOST_REFS = 20_000
LATE_DAYS = 7
"""A numbered report counts for a day when it came up to this many days later, or one day before (clocks, midnight)."""

Ref = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[\x21-\x7e]+$")]
Number = Annotated[int, Field(ge=0, le=2**53)]


class Listing(Model):
    """What a sender says it sent on a day: its references, or the range of its numbers and how many there were."""

    day: Annotated[date, Field(ge=date(2000, 1, 1), examples=["2026-11-20"])]
    sender_refs: Annotated[tuple[Ref, ...], Field(max_length=MOST_REFS)] | None = None
    first_sequence: Number | None = None
    last_sequence: Number | None = None
    count: Annotated[int, Field(ge=0, le=2**53)] | None = Field(
        None, description="How many reports the range holds, if some of its numbers were not used."
    )

    @model_validator(mode="after")
    def _lists_something(self) -> Self:
        first, last = self.first_sequence, self.last_sequence
        is_range = first is not None and last is not None
        is_backwards = first is not None and last is not None and last < first
        if (self.sender_refs is not None) == is_range or is_backwards:
            raise ValueError("nothing_listed")
        return self


class Line(Model):
    """One report of the list, or one that is missing from our side."""

    sender_ref: str | None = None
    sequence: int | None = None
    stage: Stage
    report_id: ReportId | None = None
    serial: str | None = None


class Gap(Model):
    """Numbers that never came, from the first to the last of them."""

    first: int
    last: int


class Stages(Model):
    """How many of the list are at which stage; they add up to the list."""

    received: int = 0
    decided: int = 0
    dispatched: int = 0
    accepted: int = 0
    missing: int = 0


class Reconciled(Model):
    """listed = received + decided + dispatched + accepted + missing, always."""

    day: date
    listed: int
    stages: Stages
    missing: tuple[str, ...] = Field((), description="References that never arrived: send these reports again.")
    gaps: tuple[Gap, ...] = Field((), description="Numbers that never arrived.")
    repeated: tuple[str, ...] = Field((), description="References or numbers listed or used more than once.")
    unlisted: tuple[ReportId, ...] = Field((), description="Received on that day but not on the list.")
    reports: tuple[Line, ...] = ()


class Reconciliation:
    """Answers for one agency at a time."""

    def __init__(self, reports: Reports, following: Following, sealing: Sealing, refs: Refs) -> None:
        self._reports = reports
        self._following = following
        self._sealing = sealing
        self._refs = refs

    async def of(self, agency_id: str, listing: Listing) -> Reconciled:
        if listing.sender_refs is not None:
            return await self._by_refs(agency_id, listing.day, listing.sender_refs)
        return await self._by_numbers(agency_id, listing)

    async def _by_refs(self, agency_id: str, day: date, listed: Sequence[str]) -> Reconciled:
        # First: what arrives between the reads is then received, and not unlisted.
        of_day = await self._reports.of_days(agency_id, [day.isoformat()])
        wanted = {ref: self._sealing.claim_of_ref(agency_id, ref) for ref in listed}
        claimed = await self._reports.claimed(list(wanted.values()))
        received = {ref: claimed[claim] for ref, claim in wanted.items() if claim in claimed}
        lines = [
            _line(received[ref], ref) if ref in received else Line(sender_ref=ref, stage=Stage.MISSING)
            for ref in wanted
        ]
        ids = {document["_id"] for document in received.values()}
        return Reconciled(
            day=day,
            listed=len(wanted),
            stages=_counted(lines),
            missing=tuple(ref for ref in wanted if ref not in received),
            gaps=_on(day, _numbers_of(of_day), await self._following.of(agency_id)),
            repeated=tuple(repeated(listed)),
            unlisted=tuple(document["_id"] for document in of_day if document["_id"] not in ids),
            reports=tuple(lines),
        )

    async def _by_numbers(self, agency_id: str, listing: Listing) -> Reconciled:
        first, last = listing.first_sequence or 0, listing.last_sequence or 0
        span = range(-1, LATE_DAYS + 1)
        days = [(listing.day + timedelta(days=offset)).isoformat() for offset in span]
        documents = [
            document for document in await self._reports.of_days(agency_id, days) if _number(document) is not None
        ]
        inside = [document for document in documents if first <= (_number(document) or 0) <= last]
        once = {_number(document): document for document in inside}
        refs = await self._refs.of(once.values())
        lines = [_line(document, refs.get(document["_id"])) for document in once.values()]
        listed = listing.count if listing.count is not None else last - first + 1
        stages = _counted(lines)
        return Reconciled(
            day=listing.day,
            # More came than were counted: then the list is what came.
            listed=max(listed, len(lines)),
            stages=stages.model_copy(update={"missing": max(0, listed - len(lines))}),
            gaps=_gaps(inside, first, last),
            repeated=tuple(str(number) for number in repeated([str(_number(document)) for document in inside])),
            unlisted=tuple(
                document["_id"]
                for document in documents
                if document not in inside and document["day"] == listing.day.isoformat()
            ),
            reports=tuple(lines),
        )


def _number(document: Document) -> int | None:
    number: int | None = document["report"].get("sequence")
    return number


def _numbers_of(documents: Iterable[Document]) -> list[int]:
    return [number for each in documents if (number := _number(each)) is not None]


def _on(day: date, numbers: Sequence[int], known: Sequence[NumberGap]) -> tuple[Gap, ...]:
    """The gaps that were passed over on a day, or lie between its numbers."""
    least, most = min(numbers, default=0), max(numbers, default=-1)
    return tuple(
        Gap(first=each.first, last=each.last)
        for each in known
        if taipei_day(each.since) == day or least < each.first <= each.last < most
    )


def _gaps(documents: Iterable[Document], first: int, last: int) -> tuple[Gap, ...]:
    return tuple(Gap(first=begin, last=end) for begin, end in gaps(_numbers_of(documents), first, last))


def _counted(lines: Iterable[Line]) -> Stages:
    return Stages(**Counter(line.stage.value for line in lines))


def _line(document: Document, ref: str | None) -> Line:
    step = latest(steps_in(document))
    return Line(
        sender_ref=ref,
        sequence=_number(document),
        stage=stage_of(step.status if step else Status.RECEIVED),
        report_id=document["_id"],
        serial=document["receipt"]["serial"],
    )
