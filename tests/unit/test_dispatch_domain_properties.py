"""What must hold of every report, tried on thousands of made-up facts."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from random import Random
from typing import Any

import pytest
from contracts.codes import names
from contracts.decisions import Outcome
from contracts.reports import CaseType, Occurrence, Report, SourceUnit
from dispatch.domain.people.duplicates import Known
from dispatch.domain.report.incoming import Incoming
from dispatch.domain.tables.catalogue import FACTS
from dispatch.domain.tables.table import PROTECTIVE
from dispatch.domain.triage.county import Policy
from dispatch.domain.triage.facts import Facts
from dispatch.domain.triage.nearest import changed_by
from dispatch.domain.triage.triage import Triage, triage
from dispatch.policy import policies
from hypothesis import given, settings
from hypothesis import strategies as st
from rules.people import Keys

ON = date(2026, 11, 20)
AT = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
COUNTIES = sorted(policies().tables)
EACH_COUNTY = pytest.mark.parametrize("policy", [policies().in_force(county, ON) for county in COUNTIES], ids=COUNTIES)


def codes(of: str) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(sorted(names(of, ON))), max_size=4)


def maybe(most: int) -> st.SearchStrategy[int | None]:
    return st.none() | st.integers(0, most)


PLACES = st.none() | st.sampled_from(["chiayi-county", "chiayi-city", "kaohsiung-city", "atlantis"])
ANY_FACTS = st.builds(
    Facts,
    case_type=st.sampled_from(FACTS["case_type"].values),
    source_unit=st.sampled_from(FACTS["source_unit"].values),
    county=st.just("chiayi-county"),
    kinds=codes("kinds"),
    danger_signs=codes("danger_signs"),
    conditions=codes("conditions"),
    household_conditions=codes("conditions"),
    needs=codes("needs"),
    unknown_codes=st.frozensets(st.sampled_from(["kinds:cyber", "danger_signs:pet"])),
    event_county=PLACES,
    township=st.none() | st.sampled_from(["民雄鄉", "朴子市", "東區"]),
    residence_county=PLACES,
    residence_township=st.none() | st.just("太保市"),
    subject_age=maybe(100),
    household_age=maybe(100),
    perpetrator=st.none() | st.sampled_from(FACTS["perpetrator"].values),
    perpetrator_age=maybe(100),
    tipvda=maybe(15),
    sdm=maybe(3),
    bsrs5=maybe(20),
)
WORSE = st.one_of(
    st.tuples(st.just("danger_signs"), st.sampled_from(sorted(names("danger_signs", ON)))),
    st.tuples(st.sampled_from(["tipvda", "sdm", "bsrs5"]), st.integers(0, 20)),
    st.tuples(st.just("household_age"), st.integers(0, 17)),
)


NOBODY = Keys()


def incoming(id: str = "r1", minutes: int = 0, agency: str = "police") -> Incoming:
    occurrence = Occurrence(occurred_at=AT - timedelta(hours=3) + timedelta(minutes=minutes))
    report = Report(case_type=CaseType.ADULT_PROTECTION, county="chiayi-county", event=occurrence)
    return Incoming(id, 1, "chiayi-county", agency, SourceUnit.POLICE, AT, report)


def decided(
    facts: Facts, policy: Policy, earlier: Sequence[Known] = (), keys: Keys = NOBODY, at: Incoming | None = None
) -> Triage:
    return triage(at or incoming(), facts, keys, earlier, policy, AT)


def worse(facts: Facts, change: tuple[str, str | int]) -> Facts:
    name, value = change
    actual: Any = getattr(facts, name)
    if isinstance(actual, frozenset):
        changed: Any = actual | {value}
    elif name == "household_age":
        changed = min(actual if actual is not None else 200, int(value))
    else:
        changed = max(actual if actual is not None else 0, int(value))
    return replace(facts, **{name: changed})


def several_worse(rng: Random, facts: Facts) -> Iterator[Facts]:
    """One fact made worse in each way that counts."""
    for name, most in (("tipvda", 15), ("sdm", 3), ("bsrs5", 20), ("household_age", 17)):
        yield worse(facts, (name, rng.randint(0, most)))
    for name in ("danger_signs", "conditions"):
        yield worse(facts, (name, rng.choice(sorted(names(name, ON)))))


def rank(found: Triage) -> tuple[int, int]:
    """Transferred counts as the least protective: adding danger may keep a report here, never send it away."""
    return PROTECTIVE.get(found.outcome, 9), found.priority


@EACH_COUNTY
@given(facts=ANY_FACTS)
@settings(max_examples=100, deadline=None)
def test_every_report_gets_one_outcome_with_reasons(policy: Policy, facts: Facts) -> None:
    found = decided(facts, policy)
    assert found.outcome in set(Outcome) - {Outcome.DUPLICATE}
    assert 1 <= found.priority <= 4
    assert found.because
    assert (found.unit is not None) == (found.outcome in (Outcome.PROTECTION, Outcome.WELFARE_CENTRE))
    assert (found.transferred_to is not None) == (found.outcome is Outcome.TRANSFERRED)
    assert bool(found.resources) == (found.outcome is Outcome.NO_DISPATCH)


@EACH_COUNTY
@given(facts=ANY_FACTS, change=WORSE)
@settings(max_examples=100, deadline=None)
def test_more_danger_never_lowers_an_outcome_or_a_priority(
    policy: Policy, facts: Facts, change: tuple[str, str | int]
) -> None:
    assert rank(decided(worse(facts, change), policy)) <= rank(decided(facts, policy))


@EACH_COUNTY
@given(facts=ANY_FACTS)
@settings(max_examples=100, deadline=None)
def test_nobody_is_left_alone_with_a_risk_factor_unless_a_person_agrees(policy: Policy, facts: Facts) -> None:
    found = decided(facts, policy)
    if facts.danger_count or (facts.tipvda or 0) >= 8 or (facts.sdm or 0) >= 3 or (facts.bsrs5 or 0) >= 15:
        assert found.outcome is not Outcome.NO_DISPATCH or found.review


@given(facts=ANY_FACTS)
@settings(max_examples=100, deadline=None)
def test_facts_survive_storage(facts: Facts) -> None:
    assert Facts.of_stored(facts.stored()) == facts


def made_up(count: int) -> Iterator[Facts]:
    """Facts drawn plainly, which is faster than Hypothesis and reaches the usual mixes."""
    rng = Random(20261122)

    def some(of: str) -> frozenset[str]:
        return frozenset(code for code in sorted(names(of, ON)) if rng.random() < 0.12)

    def perhaps(most: int) -> int | None:
        return rng.randint(0, most) if rng.random() < 0.4 else None

    for _ in range(count):
        yield Facts(
            case_type=rng.choice(FACTS["case_type"].values),
            source_unit=rng.choice(FACTS["source_unit"].values),
            county="chiayi-county",
            kinds=some("kinds"),
            danger_signs=some("danger_signs") if rng.random() < 0.5 else frozenset(),
            conditions=some("conditions"),
            household_conditions=some("conditions"),
            needs=some("needs"),
            residence_county=rng.choice(["chiayi-county", "chiayi-county", "tainan-city", None]),
            subject_age=perhaps(90),
            household_age=perhaps(40),
            perpetrator=rng.choice(["intimate", "family", "other", "unknown", None]),
            perpetrator_age=perhaps(60),
            tipvda=perhaps(15),
            sdm=perhaps(3),
            bsrs5=perhaps(20),
        )


@EACH_COUNTY
def test_nothing_made_worse_lowers_what_is_done(policy: Policy) -> None:
    rng = Random(7)
    for facts in made_up(300):
        before = rank(decided(facts, policy))
        assert all(rank(decided(graver, policy)) <= before for graver in several_worse(rng, facts))


@EACH_COUNTY
def test_ten_thousand_explanations_come_to_the_same_outcome(policy: Policy) -> None:
    for facts in made_up(10_000 // len(COUNTIES) + 1):
        found = decided(facts, policy)
        rows = [row for hit in found.because if (row := policy.table.row(hit.row))]
        assert all(row.matches(facts) for row in rows)
        strongest = min(rows, key=lambda row: row.rank)
        assert found.priority == min(row.priority for row in rows)
        assert found.outcome in (strongest.outcome, Outcome.TRANSFERRED)
        assert (found.outcome is Outcome.TRANSFERRED) == ("transfer" in {hit.row for hit in found.because})


@EACH_COUNTY
def test_the_nearest_fact_really_changes_the_outcome(policy: Policy) -> None:
    told = 0
    for facts in made_up(1_000):
        found = decided(facts, policy)
        if (near := found.nearest) is not None:
            told += 1
            changed = decided(changed_by(facts, (near.fact, near.from_, near.to)), policy)
            assert changed.outcome is near.outcome is not found.outcome
            assert near.zh
            assert near.en
        else:
            assert found.outcome is Outcome.PROTECTION  # everything else rests on something that can be named
    assert told > 333


KEYS = Keys(frozenset({"id:1"}), frozenset({"id:1", "nb:child"}), frozenset({"id:1", "nb:child"}))
MILD = Facts("adult_protection", "police", "chiayi-county", kinds=frozenset({"physical_violence"}))
GRAVE = replace(MILD, danger_signs=frozenset({"strangulation"}))


def _known(report: Incoming, facts: Facts, found: Triage) -> Known:
    return Known(
        report.report_id, report.received_at, report.report.event.occurred_at, facts.case_type, "police",
        report.agency_id, tuple(facts.kinds), facts.township, KEYS, str(found.outcome), found.duplicate_of, found.unit,
        found.priority,
    )  # fmt: skip


def arriving(reports: Sequence[tuple[Incoming, Facts]]) -> list[Triage]:
    """Decide reports of one person in turn, each knowing those before it; what each stands at in the end."""
    policy, earlier, found = policies().in_force("chiayi-county", ON), list[Known](), list[Triage]()
    for report, facts in reports:
        one = decided(facts, policy, earlier, KEYS, report)
        found.append(one)
        earlier.append(_known(report, facts, one))
        if one.raises:
            at = next(number for number, known in enumerate(earlier) if known.report_id == one.duplicate_of)
            found[at] = one.raises
            earlier[at] = replace(earlier[at], outcome=str(one.raises.outcome), priority=one.raises.priority)
    return found


def test_the_order_of_arrival_changes_who_is_the_duplicate_and_not_how_many() -> None:
    same = [(incoming(id, minutes, id), GRAVE) for id, minutes in (("a", 0), ("b", 20), ("c", 40), ("d", 60))]
    for order in permutations(same):
        outcomes = [one.outcome for one in arriving(order)]
        assert outcomes == [Outcome.PROTECTION, *[Outcome.DUPLICATE] * 3]
        assert {one.duplicate_of for one in arriving(order)[1:]} == {order[0][0].report_id}


def test_in_whatever_order_a_grave_and_a_mild_telling_arrive_the_family_is_protected() -> None:
    reports = [(incoming("a", 0, "a"), MILD), (incoming("b", 10, "b"), GRAVE), (incoming("c", 20, "c"), MILD)]
    for order in permutations(reports):
        assert [one.outcome for one in arriving(order)] == [Outcome.PROTECTION, *[Outcome.DUPLICATE] * 2]


def test_two_events_of_one_person_are_two_in_whatever_order() -> None:
    reports = [(incoming("a", 0, "a"), GRAVE), (incoming("b", 600, "b"), GRAVE), (incoming("c", 5, "c"), GRAVE)]
    for order in permutations(reports):
        assert [one.outcome for one in arriving(order)].count(Outcome.DUPLICATE) == 1
