"""A case on a list (列管): kept from meeting to meeting, off it once its tool was measured below the threshold."""

from dataclasses import dataclass, replace
from datetime import datetime

from contracts.event import Sealed

from network.meetings.domain.meeting import Line
from network.meetings.domain.refusals import Refused


@dataclass(frozen=True)
class Measure:
    """What a tool gave, and when."""

    tool: str
    score: float
    at: datetime


@dataclass(frozen=True)
class Listing:
    """The aggregate. `because` is a rule's id or a person's reason; `measured` what its tool gave by then."""

    id: str
    county: str
    case_id: str
    list: str
    since: datetime
    listed_by: str
    because: str
    measured: float | None = None
    note: Sealed | None = None
    kept: tuple[Line, ...] = ()
    until: datetime | None = None
    delisted_by: str | None = None
    evidence: Measure | None = None
    history: tuple[Line, ...] = ()
    version: int = 1

    @property
    def stands(self) -> bool:
        return self.until is None

    def line(self, cause: str | None) -> Line | None:
        return next((each for each in self.history if cause and each.cause == cause), None)


def kept(listing: Listing, line: Line) -> Listing:
    """It stays on its list (續列管). Raises Refused."""
    _must_stand(listing)
    return _written(listing, line, kept=(*listing.kept, line))


def delisted(listing: Listing, measures: tuple[Measure, ...], tool: str, threshold: int, line: Line) -> Listing:
    """Off its list. Raises Refused unless the tool's latest measure since it was listed is below the threshold."""
    _must_stand(listing)
    if missing := lacking(listing, measures, tool, threshold):
        raise missing
    evidence = _again(listing, measures, tool)
    return _written(listing, line, until=line.at, delisted_by=line.by, evidence=evidence)


def lacking(listing: Listing, measures: tuple[Measure, ...], tool: str, threshold: int) -> Refused | None:
    """What it lacks to leave its list; None where it may."""
    last = _again(listing, measures, tool)
    if last is None:
        return Refused("not_measured_again", tool)
    if last.score >= threshold:
        return Refused("not_below_threshold", f"{tool} {last.score:g} >= {threshold}")
    return None


def _again(listing: Listing, measures: tuple[Measure, ...], tool: str) -> Measure | None:
    """What the tool gave last, since it was listed."""
    since = [each for each in measures if each.tool == tool and each.at > listing.since]
    return max(reversed(since), key=lambda each: each.at, default=None)


def happened(listing: Listing, line: Line) -> Listing:
    """Something happened to its family again; it stands, or does not, as before."""
    return _written(listing, line)


def _must_stand(listing: Listing) -> None:
    if not listing.stands:
        raise Refused("case_delisted", listing.id)


def _written(listing: Listing, line: Line, **fields: object) -> Listing:
    history, version = (*listing.history, line), listing.version + 1
    return replace(listing, **fields, history=history, version=version)  # type: ignore[arg-type]
