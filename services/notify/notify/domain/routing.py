"""Which group hears of an event, at once or in a digest: rules as data, and each decision with its reason."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, Self, TypeAlias

from contracts.decisions import DecisionMade, ReviewRequested
from contracts.event import Event, Model
from contracts.reports import CaseType, ReportId, SourceUnit
from contracts.topics import CASES, DECISIONS, ENROLMENTS, REFERRALS, TASKS
from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from notify.domain.notices import GRAVEST, LAST, Notice, rank_of
from notify.domain.schedule import Budget, DigestLine, MonthlyTest, RotaCheck, StormLine, Watch

Purpose: TypeAlias = Literal["unit_work", "hospital_emergencies", "media_watch", "district_liaison", "village_chiefs"]
"""As in the registry of groups."""
When: TypeAlias = Literal["at_once", "digest"]
TEMPLATES: Mapping[str, str] = {"hospital_emergencies": "hospital_emergency"}
"""What the groups of a purpose read; all others are told, and owe nothing."""
TOLD = "told"
ANY = "any"

_EVENTS = {
    str(event.model_fields["type"].default): event
    for topic in (CASES, DECISIONS, TASKS, REFERRALS, ENROLMENTS)
    for event in topic.events
}
_TELL_SOURCE, _TELL_CASE_TYPE = ("decision.made", "review.requested"), ("decision.made", "review.requested")


def _named(text: str) -> str:
    """Raises ValueError for an event that notify does not read."""
    if text not in _EVENTS:
        raise ValueError(f"{text!r} is no event that notify reads: {', '.join(sorted(_EVENTS))}")
    return text


def _any(value: object) -> object:
    """`any` is written out: a key that is left out, or empty, would match everything without anybody meaning it."""
    return () if value == ANY else value


def _not_empty(value: object) -> object:
    if value in ([], ()):
        raise ValueError("write any, or at least one value: an empty list would match everything")
    return value


_Read = (BeforeValidator(_any), BeforeValidator(_not_empty))
Events = Annotated[tuple[Annotated[str, AfterValidator(_named)], ...], *_Read]
Words = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=100)], ...], *_Read]
Sources = Annotated[tuple[SourceUnit, ...], *_Read]
CaseTypes = Annotated[tuple[CaseType, ...], *_Read]
Priorities = Annotated[tuple[Literal[1, 2, 3, 4, 5], ...], *_Read]
"""5 is the rank of what can wait for the messages about new reports, such as a task that presses."""
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


@dataclass(frozen=True)
class Facts:
    """What a rule may ask of an event. `district` is that of the unit that serves; None where an event tells none."""

    event: str
    county: str
    district: str | None = None
    source: str | None = None
    case_type: str | None = None
    priority: int = LAST

    def __str__(self) -> str:
        """Without source and case type: a message tells neither, and so nothing that is kept with it does."""
        named = (self.event, self.county, self.district, f"priority {self.priority}")
        return ", ".join(part for part in named if part)


@dataclass(frozen=True)
class Route:
    """Where a message goes, when and in which digest, and why: the rule of which version, the facts that it matched."""

    purpose: Purpose
    when: When
    rule: str
    because: str
    digest: str | None = None


class Rule(Model):
    """One row. Every key is written, `any` where it does not matter; a fact that an event does not tell matches none.

    `digest` names the digest of the schedule that its messages wait for.
    """

    id: Name
    events: Events
    counties: Words
    districts: Words
    sources: Sources
    case_types: CaseTypes
    priorities: Priorities
    to: Purpose
    when: When
    digest: Name | None = None

    @model_validator(mode="after")
    def _can_match(self) -> Self:
        for names, able, what in (
            (self.sources, _TELL_SOURCE, "source"),
            (self.case_types, _TELL_CASE_TYPE, "case type"),
        ):
            silent = [event for event in self.events if event not in able]
            if names and (silent or not self.events):
                raise ValueError(f"{self.id}: only {', '.join(able)} tell a {what}; name those as its events")
        if self.when == "digest" and (GRAVEST in self.priorities or not self.priorities):
            raise ValueError(f"{self.id}: priority 1 is never in a digest: name the priorities, without 1")
        if (self.when == "digest") != (self.digest is not None):
            raise ValueError(f"{self.id}: a rule with when: digest names its digest, any other has none")
        return self

    def matches(self, facts: Facts) -> bool:
        asked = (
            (self.events, facts.event), (self.counties, facts.county), (self.districts, facts.district),
            (self.sources, facts.source), (self.case_types, facts.case_type), (self.priorities, facts.priority),
        )  # fmt: skip
        return all(not wanted or value in wanted for wanted, value in asked)

    def covers(self, other: "Rule") -> bool:
        """Whether whatever the other one matches is matched by this one."""
        pairs: tuple[tuple[tuple[object, ...], tuple[object, ...]], ...] = (
            (self.events, other.events), (self.counties, other.counties), (self.districts, other.districts),
            (self.sources, other.sources), (self.case_types, other.case_types), (self.priorities, other.priorities),
        )  # fmt: skip
        return all(not ours or (theirs and set(theirs) <= set(ours)) for ours, theirs in pairs)


class Routing(Model):
    """All rules of one version, with what they refer to. Units hear by the first `unit_work` rule that matches.

    A rule for another purpose adds its groups; the first that matches counts for each purpose.
    """

    version: Annotated[str, Field(min_length=1, max_length=40)]
    verified: bool
    source: str
    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]
    digests: tuple[DigestLine, ...] = ()
    storm: StormLine = StormLine()
    budget: Budget = Budget()
    media_watch: Watch = Watch()
    rota_check: RotaCheck = RotaCheck()
    communication_test: MonthlyTest = MonthlyTest()

    @model_validator(mode="after")
    def _loses_nothing(self) -> Self:
        if twice := [id for id, times in Counter(rule.id for rule in self.rules).items() if times > 1]:
            raise ValueError(f"two rules are called {', '.join(twice)}")
        last = [rule for rule in self.rules if rule.to == "unit_work"][-1:]
        if not last or any((last[0].events, *_narrow(last[0]))) or last[0].when != "at_once":
            raise ValueError("the last rule to unit_work is for any event, at once: otherwise a message could be lost")
        for number, rule in enumerate(self.rules):
            before = [each.id for each in self.rules[:number] if each.to == rule.to and each.covers(rule)]
            if before:
                raise ValueError(f"{rule.id} can never match: {before[0]} is before it and matches all of it")
        unknown = {rule.digest for rule in self.rules if rule.digest} - {digest.id for digest in self.digests}
        if unknown:
            raise ValueError(f"there is no digest called {', '.join(sorted(str(each) for each in unknown))}")
        return self

    def of_notice(self, notice: Notice, facts: Facts) -> Route:
        """How the unit of a notice hears of it. What is gravest never waits for a digest, whatever a rule says."""
        rule = next(rule for rule in self.rules if rule.to == "unit_work" and rule.matches(facts))
        when: When = "at_once" if rank_of(notice) == GRAVEST else rule.when
        keeper = next((each.id for each in self.digests if notice.template in each.keeps), None)
        if keeper and rank_of(notice) != GRAVEST:
            because = f"{facts}: {rule.to}, digest {keeper} keeps {notice.template}"
            return Route(rule.to, "digest", self._name(rule), because, keeper)
        return self._route(rule, facts, when)

    def besides(self, facts: Facts) -> tuple[Route, ...]:
        """The purposes whose groups hear of an event beside the units that must act."""
        firsts: dict[Purpose, Rule] = {}
        for rule in self.rules:
            if rule.to != "unit_work" and rule.matches(facts):
                firsts.setdefault(rule.to, rule)
        return tuple(self._route(rule, facts, rule.when) for rule in firsts.values())

    def digest_of(self, route: Route) -> DigestLine:
        """The digest that a route waits for."""
        return next(each for each in self.digests if each.id == route.digest)

    def _route(self, rule: Rule, facts: Facts, when: When) -> Route:
        by = " and ".join(what for wanted, what in ((rule.sources, "source"), (rule.case_types, "case type")) if wanted)
        because = f"{facts}{by and f', by its {by}'}: {rule.to}, {when}"
        return Route(rule.to, when, self._name(rule), because, rule.digest if when == "digest" else None)

    def _name(self, rule: Rule) -> str:
        return f"{self.version}/{rule.id}"


def _narrow(rule: Rule) -> tuple[tuple[object, ...], ...]:
    return rule.counties, rule.districts, rule.sources, rule.case_types, rule.priorities


def facts_of(event: Event, county: str, unit: str | None, priority: int) -> Facts:
    """What rules may ask of an event; `unit` and `priority` are those of the message that it causes."""
    source = getattr(event, "source_unit", None) if isinstance(event, DecisionMade | ReviewRequested) else None
    case_type = event.case_type if isinstance(event, DecisionMade | ReviewRequested) else None
    type = str(event.model_fields["type"].default)
    return Facts(type, county, _district(unit), source and str(source), case_type and str(case_type), priority)


def _district(unit: str | None) -> str | None:
    """The district that a unit's name tells: `chiayi-county/welfare_centre.minxiong` is minxiong's."""
    return (unit or "").partition("/")[2].partition(".")[2] or None


def besides_of(event: Event, routing: Routing) -> tuple[tuple[Route, Notice], ...]:
    """What groups of other purposes hear of a decision, or of a report that waits for one."""
    if not isinstance(event, DecisionMade | ReviewRequested):
        return ()
    unit = event.unit if isinstance(event, DecisionMade) else None
    found = routing.besides(facts_of(event, event.county, unit, event.priority))
    return tuple((route, _beside(event, route)) for route in found)


def _beside(event: DecisionMade | ReviewRequested, route: Route) -> Notice:
    due_at = min((clock.due_at for clock in event.clocks), default=None)
    return Notice(
        f"{event.county}/{route.purpose}",
        TEMPLATES.get(route.purpose, TOLD),
        event.county,
        root_of(event),
        priority=event.priority,
        due_at=due_at,
        received_at=event.received_at if event.version == 1 else None,
    )


def root_of(event: DecisionMade | ReviewRequested) -> ReportId:
    """The report that an event was reported by first: what several agencies report is one event, and one card."""
    return (event.duplicate_of if isinstance(event, DecisionMade) else None) or event.report_id


def names_of(event: Event) -> tuple[str | None, ...]:
    """Whom a group of a purpose may be bound for alone: the sender of a report, or the unit that serves."""
    return getattr(event, "agency_id", None), getattr(event, "unit", None)


def district_of(event: Event) -> str | None:
    """The district of the unit that a decision names."""
    return _district(event.unit) if isinstance(event, DecisionMade) else None


@dataclass(frozen=True)
class Place:
    """A group of a purpose, for a unit or sender alone, or for a district alone, where it names them."""

    group_id: str
    unit: str | None = None
    district: str | None = None

    def hears(self, district: str | None, names: tuple[str | None, ...]) -> bool:
        """Whether it is told of what happens in a district, by a sender or for a unit of these names."""
        return self.district in (None, district) and (self.unit is None or self.unit in names)
