"""Early warning: a planted hot spot and a family that rises are found, what is no news is not, an answer stays."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from network import words
from network.early_warnings.bodies import WeekFoundView
from network.early_warnings.domain.families import Bounds, Families, Rising
from network.early_warnings.domain.spots import Area, counted, placed, to_warn_of
from network.early_warnings.domain.warning import (
    Answer,
    AnsweredBefore,
    EarlyWarning,
    Family,
    Reason,
    answered,
    grown,
    owed,
    record_of,
    settled,
)
from network.early_warnings.rules import Own, rules
from network.known.entry import Kind, Known, Named
from rules.rises import WEEK, Level, Series, findings_of, first_week, series_of

NOW = datetime(2026, 11, 30, 4, tzinfo=UTC)
COUNTY = "chiayi-county"
CENTRE = f"{COUNTY}/welfare_centre.minxiong"
BOUNDS = Bounds(timedelta(days=90), 3, 3, 12, 60)


def entry(kind: Kind, source: str, keys: str, days: float = 10, **more: object) -> Known:
    """An entry `days` old that names a person by each word of `keys`."""
    people = tuple(Named((f"id:{each}",), "subject") for each in keys.split())  # type: ignore[arg-type]
    whole = Known(
        kind, source, COUNTY, CENTRE, (CENTRE,), NOW - timedelta(days=days), people=people, within=(f"{kind}:{source}",)
    )
    return replace(whole, **more)  # type: ignore[arg-type]


def of_case(kind: Kind, source: str, case: str, keys: str = "", days: float = 9) -> Known:
    made = entry(kind, source, keys, days)
    return replace(made, within=(*made.within, f"case:{case}"))


RISES = [entry("report", "r1", "a b", 60), entry("household", "h1", "b c", 30), entry("enrolment", "e1", "c", 5)]


def rising(entries: Iterable[Known], told: tuple[str, ...] = (), bounds: Bounds = BOUNDS) -> list[Rising]:
    """As the finder looks: what entries have in common first, and then the families that rise, whole."""
    families, by_id = Families(NOW, bounds), dict[str, Known]()
    for each in entries:
        families.take(each)
        by_id[each.id] = each
    return [
        Rising.of([by_id[id] for id in family.ids], news)
        for family in families.risen()
        if (news := family.untold(told, bounds))
    ]


def found(*entries: Known, told: tuple[str, ...] = (), bounds: Bounds = BOUNDS) -> list[list[str]]:
    return [[each.id for each in family.news] for family in rising(entries, told, bounds)]


def test_a_family_of_three_systems_within_the_time_rises_whoever_of_it_is_named() -> None:
    assert found(*RISES) == [["report:r1", "household:h1", "enrolment:e1"]]
    [family] = rising(RISES)
    assert family.systems == ("report", "household", "enrolment")
    assert family.keys == {"id:a", "id:b", "id:c"}


@pytest.mark.parametrize(
    "entries",
    [
        RISES[:2],
        [*RISES[:2], entry("enrolment", "e1", "d", 5)],
        [*RISES[:2], entry("enrolment", "e1", "c", 91)],
        [entry("report", "r1", "a"), entry("report", "r2", "a"), entry("household", "h", "a")],
        [*RISES[:2], replace(RISES[2], people=(Named(("id:c",), "witness"),))],  # type: ignore[arg-type]
        [*RISES[:2], entry("meeting", "m", "c")],
    ],
    ids=["two systems", "another family", "too long ago", "two systems of three", "a witness", "a meeting"],
)
def test_what_is_not_enough_is_no_rise(entries: list[Known]) -> None:
    assert found(*entries) == []


def test_what_follows_from_a_case_is_no_news_and_a_further_report_is() -> None:
    usual = [
        of_case("report", "r1", "c1", "a", 20), entry("case", "c1", "a", 20),
        of_case("referral", "f1", "c1", "a"), of_case("enrolment", "e1", "c1"),
    ]  # fmt: skip
    assert found(*usual) == [], "a report, its case and what the case asks for"
    more = [*usual]
    more += [of_case("report", "r2", "c1", "a", 4), entry("household", "h", "a", 3), entry("enrolment", "e2", "a")]
    assert found(*more) == [["report:r1", "enrolment:e2", "report:r2", "household:h"]]
    [family] = rising(more)
    assert family.cases == {"case:c1"}
    reopened = [each for each in more if each.kind != "report"]
    assert found(*reopened) == [["case:c1", "enrolment:e2", "household:h"]], "a case whose report is older is a system"


def test_what_was_told_before_counts_no_more() -> None:
    assert found(*RISES, told=("report:r1",)) == []
    again = [entry("report", "r2", "a", 2), entry("household", "h2", "a", 2), entry("enrolment", "e2", "b", 1)]
    told = tuple(each.id for each in RISES)
    assert found(*RISES, *again, told=told) == [["household:h2", "report:r2", "enrolment:e2"]]


def test_a_key_that_many_hold_makes_no_family() -> None:
    many = [entry("report", f"r{n}", f"shared p{n}") for n in range(BOUNDS.most_holders)]
    shared = [*many, entry("household", "h", "shared"), entry("enrolment", "e", "shared")]
    assert found(*shared) == []
    assert len(found(*shared[2:])) == 1, "one key of twelve is a large family"
    chained = [entry("report", f"r{n}", f"p{n} p{n + 1}") for n in range(60)]
    assert found(*chained, entry("household", "h", "p0"), entry("enrolment", "e", "p1")) == [], "a chain of strangers"


def test_families_are_the_same_in_whatever_order_and_news_is_told_once() -> None:
    rng, kinds = Random(22), ("report", "case", "enrolment", "household", "referral")
    for world in range(200):
        entries = [
            entry(rng.choice(kinds), f"{world}-{n}", " ".join(rng.sample("abcdefgh", rng.randint(1, 3))), days)
            for n, days in enumerate(rng.sample(range(99), rng.randint(2, 14)))
        ]  # fmt: skip
        once = found(*entries)
        assert sorted(found(*rng.sample(entries, len(entries)))) == sorted(once)
        told = tuple(id for family in once for id in family)
        assert len(told) == len(set(told)), "an entry is news of one family"
        assert not {id for family in found(*entries, told=told) for id in family}.intersection(told)


def test_thresholds_are_data_that_a_county_sets() -> None:
    assert not rules().verified
    assert rules().family_of(COUNTY) == BOUNDS
    strict = rules().model_copy(update={"counties": {COUNTY: Own(systems=4)}})
    assert strict.family_of(COUNTY) == replace(BOUNDS, systems=4)
    assert found(*RISES, bounds=strict.family_of(COUNTY)) == []
    assert set(rules().counting) == {"cases", "enrolments", "drug_cases"}
    assert rules().unit_of("drug_cases", COUNTY, Area("民雄鄉")) == f"{COUNTY}/health"
    assert rules().unit_of("cases", COUNTY, Area("民雄鄉", "東榮村")) == CENTRE
    assert rules().unit_of("cases", COUNTY, Area()) == f"{COUNTY}/window"


def weekly(source: str, per_week: float, village: str, weeks: int = 60, **more: object) -> list[Known]:
    """Cases of a village, as chance brings them, until the week before the last whole one."""
    rng, made = Random(source), []
    for week in range(2, weeks):
        for n in range(sum(rng.random() < per_week / 10 for _ in range(10))):
            days = 7 * week + rng.random() * 6
            made.append(entry("case", f"{source}{week}-{n}", f"{source}{week}-{n}", days, township="民雄鄉",
                              village=village, **more))  # fmt: skip
    return made


def test_a_village_with_nine_against_two_is_shown_and_its_township_is_not_warned_of_twice() -> None:
    usual = weekly("a", 2.1, "東榮村") + weekly("b", 2.1, "西昌村")
    last = [entry("case", f"x{n}", f"x{n}", 7 - n % 5, township="民雄鄉", village="東榮村") for n in range(9)]
    every = [*usual, *last, entry("case", "other", "x", 4, township="大林鎮")]
    series = series_of(counted(every, rules().counting))
    began = min(each.since for each in every).date()
    seen = findings_of(series, [date(2026, 11, 23)], first_week(began))
    hot = next(each for each in seen if each.area == "民雄鄉/東榮村")
    assert (hot.observed, hot.level) == (9, Level.RISE)
    assert 1.2 < hot.expected < 3
    assert {None, "民雄鄉", "民雄鄉/東榮村", "大林鎮"} <= {each.area for each in seen}
    wide = [replace_level(each) if each.area in (None, "民雄鄉") else each for each in seen]
    assert [each.area for each in to_warn_of(wide)] == ["民雄鄉/東榮村"]
    elsewhere = [replace_level(each) if each.area == "大林鎮" else each for each in seen]
    assert {each.area for each in to_warn_of(elsewhere)} == {"民雄鄉/東榮村", "大林鎮"}
    assert seen[0].week + WEEK == date(2026, 11, 30)


def replace_level(found: object) -> object:
    return replace(found, level=Level.RISE)  # type: ignore[type-var]


def test_whoever_is_told_in_steps_cannot_tell_a_week_of_one_from_a_week_of_none() -> None:
    """The weeks to which a week is compared slide: what is told of them would tell each of them, subtracted."""
    weeks = [date(2026, 1, 5) + WEEK * n for n in range(30)]

    def told(of_the_tenth: int) -> list[WeekFoundView]:
        counts = dict.fromkeys(weeks, 0) | {weeks[9]: of_the_tenth}
        found = findings_of([Series(None, "drug_cases", counts)], weeks, weeks[0])
        return [WeekFoundView.of(each, protect=True) for each in found]

    shown = [sorted(told(count), key=lambda each: each.week) for count in (0, 1, 4)]
    assert shown[0] == shown[1] == shown[2] and len(shown[0]) > 10


def test_an_enrolment_stands_where_its_case_is_else_where_its_person_was_known_last() -> None:
    case = entry("case", "c1", "a", 50, township="民雄鄉", village="東榮村")
    moved = entry("household", "h1", "a", 20, township="大林鎮")
    own, by_person = of_case("enrolment", "e1", "c1"), entry("enrolment", "e2", "a", lists=("drug_prevention",))
    nowhere = entry("enrolment", "e3", "z")
    places = [(each.township, each.village) for each in placed([own, by_person, nowhere], [moved, case])]
    assert places == [("民雄鄉", "東榮村"), ("大林鎮", None), (None, None)]
    kinds = {each.kind: each.areas for each in counted(placed([by_person], [moved]), rules().counting)}
    assert kinds == {"enrolments": (None, "大林鎮"), "drug_cases": (None, "大林鎮")}


def warned(*news: Known) -> EarlyWarning:
    reasons = tuple(Reason(each.kind, each.source, each.since, each.unit, each.units) for each in news)
    family = Family(reasons, 1, 90, (3, 3), "c1")
    return EarlyWarning("w1", "family_rises", COUNTY, CENTRE, NOW, NOW + timedelta(days=7), family=family)


def test_a_warning_is_owed_until_a_person_answers_it_and_the_answer_stays() -> None:
    warning = warned(*RISES)
    task = owed(warning, "陳社工", rules().answer_within)
    assert (task.unit, task.person, task.case_id, task.because.kind) == (CENTRE, "陳社工", "c1", "early_warning")
    more = grown(warning, [Reason("report", "r9", NOW, CENTRE, (CENTRE,)), *warning.family.reasons[:1]])  # type: ignore[union-attr]
    assert more.claims == ("report:r1", "household:h1", "enrolment:e1", "report:r9")
    said = Answer("acted_on", "visited", "陳社工", CENTRE, NOW)
    after = answered(more, said)
    assert answered(after, replace(said, at=NOW + WEEK)) == after, "sent twice is said once"
    with pytest.raises(AnsweredBefore):
        answered(after, replace(said, verdict="dismissed", code="in_hand"))
    assert (settled(task, after).state, settled(task, after).closed_by) == ("done", "陳社工")


def test_a_rule_is_right_by_the_share_of_its_answered_warnings_that_were_acted_on() -> None:
    record = record_of({"": 4, "acted_on": 3, "dismissed": 1})
    assert (record.open, record.answered, record.share) == (4, 4, 0.75)
    assert record_of({}).share is None


def test_every_code_of_the_rules_has_words() -> None:
    codes = [*(f"early_act.{each}" for each in rules().acts), *(f"early_reason.{each}" for each in rules().reasons)]
    codes += [f"series.{each}" for each in rules().series]
    assert [each for each in codes if words.of(each).en == each or not words.of(each).zh] == []
