"""A question on the spot is answered by five facts and nothing else, and asking itself says something."""

import random
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import pytest
from network.known.entry import Known, Named
from network.signals.domain.answer import FIVE, About, Five, Mark, five, unit_to_call
from network.signals.domain.asking import Asker, Asking
from network.signals.domain.curiosity import Guarded, alarms
from network.signals.rules import rules

NOW = datetime(2026, 11, 29, 4, tzinfo=UTC)
NIGHT = datetime(2026, 11, 29, 15, 40, tzinfo=UTC)
POLICE, HOSPITAL = "chiayi-county/police", "chiayi-county/health"
CENTRE, CITY = "chiayi-county/welfare_centre.minxiong", "chiayi-city/protection"
BOUNDS = rules().bounds
HER = Named(("id:1", "nb:1"), "subject", homes=("ad:1",), sealed_by=("k1",))


def case(**more: object) -> Known:
    whole = Known(
        "case", "c1", "chiayi-county", CENTRE, (CENTRE,), NOW - timedelta(days=90), None, "opened", (HER,),
        within=("case:c1",),
    )  # fmt: skip
    return replace(whole, **more)  # type: ignore[arg-type]


def report(id: str, days: float) -> Known:
    window = "chiayi-county/window"
    since = NOW - timedelta(days=days)
    return Known("report", id, "chiayi-county", window, (window,), since, None, "protection", (HER,),
                 within=(f"report:{id}", "case:c1"), lists=("adult_protection",))  # fmt: skip


def about(*entries: Known) -> About:
    parts = tuple(each for each in entries if "case:c1" in each.within)
    return About(frozenset({"id:1"}), entries, parts)


def test_nothing_known_has_the_shape_of_something_known() -> None:
    assert five(about(), (), NOW, BOUNDS) == Five(False, False, 0, False, False)
    assert unit_to_call(about(), NOW, BOUNDS, POLICE) == "chiayi-county/window"


def test_a_listed_family_in_service_is_told_with_its_reports_of_a_year_and_its_marks() -> None:
    listed = case(lists=("high_risk_domestic_violence",))
    order = Mark("m", "c1", "protection_order", NOW, "a", CENTRE, until=NOW + timedelta(days=1))
    known = about(listed, report("r1", 3), report("r2", 364), report("r3", 366))
    assert five(known, [order], NOW, BOUNDS) == Five(True, True, 2, False, True)
    over = replace(order, until=NOW)
    assert five(known, [over, replace(order, ended_at=NOW)], NOW, BOUNDS).protection_order is False
    assert unit_to_call(known, NOW, BOUNDS, POLICE) == CENTRE


def test_what_ended_lapses_after_a_year() -> None:
    listed = case(lists=("high_risk_domestic_violence",), until=NOW - timedelta(days=364))
    assert five(about(listed), (), NOW, BOUNDS) == Five(True, False, 0, False, False)
    lapsed = replace(listed, until=NOW - timedelta(days=366))
    assert five(about(lapsed), (), NOW, BOUNDS) == Five()


def test_a_case_of_what_is_sealed_names_the_window() -> None:
    sealed = replace(report("r1", 3), lists=("sexual_assault",))
    assert unit_to_call(about(case(), sealed), NOW, BOUNDS, POLICE) == "chiayi-county/window"
    assert unit_to_call(about(case(), sealed, report("r2", 3)), NOW, BOUNDS, POLICE) == CENTRE


def test_each_purpose_names_its_law_and_answers_only_what_it_asks_for() -> None:
    assert all(each.law and each.units and each.answers for each in rules().purposes.values())
    told = Five(True, True, 3, True, True).only(rules().purposes["home_visit"].answers)
    assert told == Five(None, None, None, True, True)
    assert rules().purposes["violence_on_scene"].is_open_to(POLICE)
    assert not rules().purposes["violence_on_scene"].is_open_to("chiayi-county/labour")


def _random_entries(rng: random.Random) -> list[Known]:
    units = [CENTRE, CITY, POLICE, "chiayi-county/protection"]
    made = []
    for n in range(rng.randrange(6)):
        kind = rng.choice(["case", "report", "enrolment", "household", "referral"])
        unit = rng.choice(units)
        since = NOW - timedelta(days=rng.randrange(800))
        until = rng.choice([None, None, since + timedelta(days=rng.randrange(400))])
        lists = tuple(
            rng.sample(["high_risk_domestic_violence", "sexual_assault", "drug_prevention"], rng.randrange(3))
        )
        made.append(Known(kind, f"s{n}", unit.partition("/")[0], unit, (unit,), since, until, "x", (HER,),
                          within=(f"{kind}:s{n}",), lists=lists))  # type: ignore[arg-type]  # fmt: skip
    return made


def _otherwise(entry: Known, rng: random.Random) -> Known:
    """The same family in another world: everything that is no part of the five answers is different."""
    person = replace(HER, role="alleged_perpetrator", relation="sibling", birth_year=1950, sex="male",
                     phones=(f"ph:{rng.random()}",))  # fmt: skip
    other = Named((f"id:{rng.random()}",), "witness")
    kept = tuple(each for each in entry.lists if each in BOUNDS.high_risk | BOUNDS.sealed)
    return replace(
        entry, state=f"state {rng.random()}", people=(other, person), units=(*entry.units, f"{rng.random()}"),
        lists=(*kept, f"programme {rng.random()}"), workers=("x y",), keys=(f"nb:{rng.random()}",),  # type: ignore[arg-type]
    )  # fmt: skip


def test_ten_thousand_random_questions_leak_nothing_beyond_the_five_answers() -> None:
    rng = random.Random(20)
    purposes = list(rules().purposes.values())
    for _ in range(500):
        entries = _random_entries(rng)
        here, there = (
            About(frozenset({"id:1"}), tuple(world), tuple(world))
            for world in (entries, [_otherwise(each, rng) for each in entries])
        )
        for _ in range(20):
            asker, purpose = rng.choice([POLICE, HOSPITAL, CENTRE, CITY]), rng.choice(purposes)
            at = NOW - timedelta(days=rng.randrange(400))
            told, other = (five(each, (), at, BOUNDS).only(purpose.answers) for each in (here, there))
            assert told == other, "nothing but the five facts is in an answer"
            assert unit_to_call(here, at, BOUNDS, asker) == unit_to_call(there, at, BOUNDS, asker)
            assert all(value is None or isinstance(value, bool | int) for value in asdict(told).values())
            assert all(asdict(told)[name] is None for name in FIVE if name not in purpose.answers)


def asking(
    n: int = 0, by: str = "王警員", unit: str = POLICE, at: datetime = NOW, event: str | None = "110-1"
) -> Asking:
    return Asking(
        f"a{n}", at, Asker(by, unit, "m-police"), "chiayi-county", "violence_on_scene", "name", ("id:1",), event
    )


OWN = Guarded("g1", "staff", ("id:1",), "chiayi-county", POLICE, "王警員")
SIGNS = rules().signs


@pytest.mark.parametrize(
    ("mine", "of_one", "guarded", "found"),
    [
        (1, 1, [], ()),
        (1, 1, [OWN], ("own_family",)),
        (1, 1, [replace(OWN, name="李警員")], ("colleague",)),
        (1, 1, [replace(OWN, name="李社工", unit=CENTRE)], ()),
        (1, 1, [replace(OWN, kind="public_figure")], ("public_figure",)),
        (1, 1, [replace(OWN, keys=("id:2",))], ()),
        (1, SIGNS.askers_of_one, [], ("many_askers",)),
        (1, SIGNS.askers_of_one - 1, [], ()),
    ],
)
def test_curiosity_is_shown_to_a_supervisor(
    mine: int, of_one: int, guarded: list[Guarded], found: tuple[str, ...]
) -> None:
    theirs = [asking(n) for n in range(mine)]
    others = [asking(n, by=f"警員{n}") for n in range(of_one)]
    assert alarms(asking(), theirs, others, guarded, SIGNS) == found


def test_the_fifth_question_without_a_number_and_many_at_night_alarm() -> None:
    without = [asking(n, event=None) for n in range(SIGNS.without_event)]
    assert alarms(without[0], without, [], [], SIGNS) == ("without_event",)
    assert alarms(without[0], without[1:], [], [], SIGNS) == ()
    at_night = [asking(n, at=NIGHT) for n in range(SIGNS.at_night)]
    assert alarms(at_night[0], at_night, [], [], SIGNS) == ("many_at_night",)
    assert alarms(at_night[0], [asking(n) for n in range(SIGNS.at_night)], [], [], SIGNS) == ()
