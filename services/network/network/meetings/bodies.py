"""What people send about meetings: the bodies of the API, which the pages' forms fill as well."""

from datetime import date
from typing import Annotated, Self

from contracts.languages import Said
from contracts.times import At
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from network.meetings.domain.decisions import Outcome
from network.meetings.domain.meeting import Level
from network.meetings.domain.planning import Every
from network.meetings.reading import rulebook
from network.sealing import CODE
from network.services import one_of

CodeText = Annotated[str, Field(pattern=rf"^{CODE.pattern}$")]
Unit = Annotated[str, Field(pattern=r"^[a-z-]+/[a-z0-9_.-]+$", max_length=80)]
Name = Annotated[str, Field(min_length=1, max_length=60)]
Text = Annotated[str, Field(min_length=1, max_length=4000)]
"""A code where it is one; else words, which are sealed."""
Id = Annotated[str, Field(max_length=80)]
Minutes = Annotated[int, Field(ge=1, le=1440)]
Units = Annotated[tuple[Unit, ...], Field(max_length=60)]
MOST = 1e12
"""No figure of a county is larger, and the sum of such can be told."""


def _list(code: str) -> str:
    if code not in rulebook().lists:
        raise ValueError(one_of(tuple(rulebook().lists)))
    return code


def _scheme(code: str) -> str:
    if code not in rulebook().schemes:
        raise ValueError(one_of(tuple(rulebook().schemes)))
    return code


def _countable(number: float) -> float:
    if abs(number) > MOST:
        raise ValueError(Said("數字過大，請檢查單位。", "The figure is too large: check its unit."))
    return number


Number = Annotated[float, Field(allow_inf_nan=False), AfterValidator(_countable)]
ListCode = Annotated[str, AfterValidator(_list)]
SchemeCode = Annotated[str, AfterValidator(_scheme)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, populate_by_name=True)


class MemberBody(Body):
    """Somebody who sits by name, from a day until a day."""

    name: Name
    unit: Unit | None = None
    since: Annotated[date | None, Field(alias="from")] = None
    until: date | None = None


class QuorumBody(Body):
    """So many must be there, these units among them; without it, more than half."""

    least: Annotated[int, Field(ge=1, le=200)]
    units: Units = ()


class RhythmBody(Body):
    """Every month or so, on the `nth` weekday (Monday is 0; nth -1 is the last one), at an hour in Taiwan."""

    every: Every = "month"
    nth: Annotated[int, Field(ge=-1, le=5)] = 1
    weekday: Annotated[int, Field(ge=0, le=6)] = 0
    hour: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = "14:00"


class _Sitting(Body):
    """What a meeting and a series have alike. `minutes`: for how long the room is; of one item, `minutes_per_item`."""

    level: Level
    purpose: CodeText
    county: Annotated[str, Field(pattern=r"^[a-z-]{1,40}$")] | None = None
    host: Unit | None = None
    units: Units = ()
    members: Annotated[tuple[MemberBody, ...], Field(max_length=100)] = ()
    quorum: QuorumBody | None = None
    minutes: Minutes = 180
    minutes_per_item: Minutes | None = None
    room: Name | None = None
    link: Annotated[str, Field(max_length=400)] | None = None
    place: Name | None = None


class SeriesBody(_Sitting):
    """Meetings of one purpose; `chairs` are units or names, in turn."""

    chairs: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=80)], ...], Field(min_length=1, max_length=24)
    ]
    rhythm: RhythmBody | None = None


class PlanBody(Body):
    """The plan of a year in one act: by the series' rhythm, or on these `dates`; `first_chair` has the first turn."""

    year: Annotated[int, Field(ge=2000, le=2100)]
    dates: Annotated[tuple[date, ...], Field(max_length=60)] = ()
    first_chair: Annotated[str, Field(max_length=80)] | None = None

    @model_validator(mode="after")
    def _lie_in_the_year(self) -> Self:
        if any(each.year != self.year for each in self.dates):
            raise ValueError(Said("dates 須皆在 year 之內。", "Every one of dates must lie in year."))
        if len(set(self.dates)) != len(self.dates):
            raise ValueError(Said("dates 不可重複。", "Each of dates stands once."))
        return self


class MeetingBody(_Sitting):
    """One meeting: `chair` is a unit or a name. `held_with` and `topics`: a liaison meeting's, as codes."""

    at: At
    chair: Annotated[str, Field(min_length=1, max_length=80)] | None = None
    series_id: Id | None = None
    held_with: CodeText | None = None
    topics: Annotated[tuple[CodeText, ...], Field(max_length=20)] = ()


class ReasonBody(Body):
    """Why; a code, or words, which are sealed."""

    reason: Text


class MoveBody(Body):
    """Another time, why, and perhaps another place."""

    at: At
    reason: Text | None = None
    room: Name | None = None
    link: Annotated[str, Field(max_length=400)] | None = None
    place: Name | None = None


class ChairBody(Body):
    """Another chair; or two meetings swap theirs."""

    chair: Annotated[str, Field(min_length=1, max_length=80)] | None = None
    swap_with: Id | None = None

    @model_validator(mode="after")
    def _is_one_of_the_two(self) -> Self:
        if (self.chair is None) == (self.swap_with is None):
            raise ValueError(Said("請填 chair 或 swap_with 其中一項。", "Send either chair or swap_with."))
        return self


class ItemBody(Body):
    """A case or a topic, and why it is to be discussed. `guests`: units of other counties who see this item alone.

    `topic`: a code, or words, which are sealed. `scheme` tags it, and asks the units that have a duty in it to come.
    """

    case_id: Id | None = None
    topic: Text | None = None
    reason: Text
    scheme: SchemeCode | None = None
    owner: Unit | None = None
    minutes: Minutes | None = None
    guests: Units = ()

    @model_validator(mode="after")
    def _is_about_something(self) -> Self:
        if (self.case_id is None) == (self.topic is None):
            raise ValueError(Said("請填 case_id 或 topic 其中一項。", "Send either case_id or topic."))
        return self


class PresentBody(Body):
    """Who came for a unit; `deputy_for` names whom they stand in for; `heads` counts those who came with them."""

    unit: Unit
    person: Name | None = None
    deputy_for: Name | None = None
    heads: Annotated[int, Field(ge=1, le=500)] = 1


class AbsentBody(Body):
    unit: Unit
    person: Name | None = None
    reason: CodeText | None = None


class AttendanceBody(Body):
    """Who came, and who did not; those who were asked and stand in neither are absent."""

    present: Annotated[tuple[PresentBody, ...], Field(max_length=300)] = ()
    absent: Annotated[tuple[AbsentBody, ...], Field(max_length=300)] = ()
    at: At | None = None


class NoteBody(Body):
    """What was said; sealed."""

    text: Text


class ConflictBody(Body):
    """Somebody by name who may not see the item, nor its papers; the unit sends another."""

    person: Name
    reason: CodeText | None = None


class TellsBody(Body):
    """Who tells the family or the victim (a unit; the lead without it), how, by when."""

    who: Unit | None = None
    how: CodeText
    by: At | None = None


class DissentBody(Body):
    unit: Unit
    text: Text | None = None


class DecisionBody(Body):
    """What is decided: a code, or words, which are sealed. `evidence`: what will show that it was done, as a code."""

    what: Text
    lead: Unit
    person: Name | None = None
    collaborators: Units = ()
    due_at: At
    evidence: CodeText | None = None
    tells_person: TellsBody | None = None
    dissent: Annotated[tuple[DissentBody, ...], Field(max_length=30)] = ()


class OutcomeBody(Body):
    """What became of a decision: `done` names its evidence, the other two a reason. `figures` by name."""

    state: Outcome
    at: At | None = None
    evidence: Text | None = None
    reason: Text | None = None
    figures: Annotated[dict[CodeText, Number], Field(max_length=30)] = {}

    @model_validator(mode="after")
    def _says_why(self) -> Self:
        if self.state != "done" and not self.reason:
            raise ValueError(
                Said("未完成或已無法執行，請填 reason。", "Say why in reason: not done, or not possible any more.")
            )
        return self


class ToldBody(Body):
    at: At | None = None


class RaiseBody(Body):
    to: Level
    reason: Text


class AnswerBody(Body):
    """The answer that goes back down; sealed."""

    text: Text


class CorrectionsBody(Body):
    """What is added to the minutes that wrote themselves; sealed."""

    text: Text


class NothingBody(BaseModel):
    """Nothing needs to be said."""
