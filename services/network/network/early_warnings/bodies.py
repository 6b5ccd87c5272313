"""Early warnings and their answers, as they are sent."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from rules.rises import Finding, Level
from rules.suppression import SMALLEST, stepped

from network.access import Scope
from network.early_warnings.domain.spots import Area
from network.early_warnings.domain.warning import Answer, EarlyWarning, Reason, Record
from network.early_warnings.looking import Looked
from network.early_warnings.rules import rules
from network.services import one_of
from network.tasks.domain.task import Task
from network.tasks.views import View


class VerdictBody(BaseModel):
    """Acted on (`code`: what was done) or dismissed (`code`: why there was nothing to do); `text` is sealed."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)

    verdict: Literal["acted_on", "dismissed"]
    code: Annotated[str, Field(min_length=1, max_length=40)]
    text: Annotated[str, Field(min_length=1, max_length=2000)] | None = None

    @model_validator(mode="after")
    def _says_what_or_why(self) -> Self:
        known = rules().acts if self.verdict == "acted_on" else rules().reasons
        if self.code not in known:
            raise ValueError(one_of(known))
        return self


class SpotView(View):
    series: str
    township: str | None
    village: str | None
    week: date
    observed: int
    expected: float
    bound: int
    chance: float
    compared_with: int


class NewsView(View):
    """An entry that is news of the family; of another's no more than that there is one, and whom to call."""

    kind: str
    source: str | None
    since: datetime | None
    unit: str


class RisingView(View):
    """`entries` of `systems` began within `days`, at least `least`; by `before` entries it was known until then."""

    case_id: str | None
    entries: int
    systems: int
    before: int
    days: int
    least: tuple[int, int]
    reasons: tuple[NewsView, ...]


class VerdictView(View):
    verdict: str
    code: str
    by: str
    unit: str
    at: datetime
    text: str | None = None


class EarlyWarningView(View):
    """Why somebody is warned, who owes the answer by when, and the answer; `text` of it where it was asked for."""

    warning_id: str
    rule: str
    county: str
    unit: str
    person: str | None
    found_at: datetime
    due_at: datetime
    spot: SpotView | None
    family: RisingView | None
    answer: VerdictView | None

    @classmethod
    def of(cls, it: EarlyWarning, scope: Scope, task: Task | None = None, text: str | None = None) -> Self:
        return cls(
            warning_id=it.id, rule=it.rule, county=it.county, unit=task.unit if task else it.owner,
            person=task.person if task else None, found_at=it.found_at, due_at=it.due_at,
            spot=SpotView.model_validate(it.spot) if it.spot else None, family=_family(it, scope, task),
            answer=_answer(it.answer, text) if it.answer else None,
        )  # fmt: skip


class EarlyWarningsView(View):
    """A page of warnings; `next` is the `after` of the following page."""

    warnings: tuple[EarlyWarningView, ...]
    next: str | None = None


class RuleRecordView(View):
    """How often a rule was right: `share` of the answered ones was acted on. null: hidden, or none was answered."""

    rule: str
    open: int | None
    answered: int | None
    acted_on: int | None
    dismissed: int | None
    share: float | None

    @classmethod
    def of(cls, rule: str, it: Record, *, protect: bool) -> Self:
        counts = {name: getattr(it, name) for name in ("open", "answered", "acted_on", "dismissed")}
        # A share of few would tell of how many; as elsewhere, none is told beside counts in steps.
        if protect:
            counts = {name: stepped(count) if count >= SMALLEST else None for name, count in counts.items()}
        return cls(rule=rule, share=None if protect else it.share, **counts)


class RuleRecordsView(View):
    county: str
    verified: bool
    rules: tuple[RuleRecordView, ...]


class WeekFoundView(View):
    """One series in one week. Where small counts are hidden (null), `observed` is told in steps, and nothing of what it
    is compared with: how usual counts move from week to week tells the counts themselves."""

    series: str
    township: str | None
    village: str | None
    week: date
    observed: int | None
    expected: float | None
    bound: int | None
    chance: float | None
    level: Level
    compared_with: int

    @classmethod
    def of(cls, it: Finding, *, protect: bool) -> Self:
        area, small = Area.read(it.area), it.observed < SMALLEST
        observed = None if protect and small else stepped(it.observed) if protect else it.observed
        return cls(
            series=it.case_type, township=area.township, village=area.village, week=it.week, observed=observed,
            expected=None if protect else round(it.expected, 2), bound=None if protect else it.bound,
            chance=None if protect else it.chance, level=it.level, compared_with=it.compared_with,
        )  # fmt: skip


class HotSpotsView(View):
    """What is unusual, the least likely first, and the county as a whole; `by_chance` so many of `series` may be."""

    county: str
    weeks: tuple[date, ...]
    series: int
    by_chance: float
    findings: tuple[WeekFoundView, ...]

    @classmethod
    def of(cls, county: str, weeks: Sequence[date], looked: Looked, *, protect: bool) -> Self:
        shown = [each for each in looked.found if each.level is not Level.USUAL or each.area is None]
        return cls(
            county=county, weeks=tuple(weeks), series=looked.series, by_chance=round(looked.by_chance, 2),
            findings=tuple(WeekFoundView.of(each, protect=protect) for each in shown),
        )  # fmt: skip


def _family(it: EarlyWarning, scope: Scope, task: Task | None) -> RisingView | None:
    """Of a case that was merged, the one that it is part of now; what is a part of one's own case is one's own."""
    why = it.family
    if why is None:
        return None
    theirs = why.case_id if scope.covers(it.county, {task.unit if task else it.owner}) else None
    return RisingView(
        case_id=task.case_id if task else why.case_id, entries=len(why.reasons), systems=len(why.systems),
        before=why.before, days=why.days, least=why.least,
        reasons=tuple(_reason(each, it.county, scope, theirs) for each in why.reasons),
    )  # fmt: skip


def _reason(it: Reason, county: str, scope: Scope, theirs: str | None) -> NewsView:
    if scope.covers(county, it.units) or (theirs and it.case_id == theirs):
        return NewsView(kind=it.kind, source=it.source, since=it.since, unit=it.unit)
    return NewsView(kind="masked", source=None, since=None, unit=f"{county}/window")


def _answer(it: Answer, text: str | None) -> VerdictView:
    return VerdictView(verdict=it.verdict, code=it.code, by=it.by, unit=it.unit, at=it.at, text=text)
