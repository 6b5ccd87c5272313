"""Who is on call: every view is a cut through one final rota, and a night without anybody is found before it comes."""

from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from notify.domain.escalation import Way
from notify.domain.holes import AHEAD, Hole, holes, is_whole, made
from notify.domain.rota import Rota, Shift, Turns, final, on_call
from notify.domain.schedule import MonthlyTest
from notify.policies import load_policies

START = datetime(2026, 11, 29, 0, 0, tzinfo=UTC)
"""08:00 in Taipei, when the turns change."""
POLICY = load_policies().of("unit_work", 1)
DAILY = Turns(("甲", "乙", "丙"), date(2026, 11, 29))
LINE: frozenset[Way] = frozenset({"line"})
NEW_YORK = timezone(timedelta(hours=-5))


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def people(rota: Rota, hours: int) -> list[tuple[float, str | None, str]]:
    return [
        ((each.start - START) / timedelta(hours=1), each.person, each.because) for each in final(rota, START, at(hours))
    ]


@pytest.mark.parametrize(
    ("rota", "wanted"),
    [
        (Rota(), [(0, None, "nobody")]),
        (Rota(DAILY), [(0, "甲", "turn"), (24, "乙", "turn")]),
        (Rota(Turns(("甲", "乙"), date(2026, 11, 29), days=7)), [(0, "甲", "turn")]),
        (Rota(Turns(("甲",), date(2026, 11, 30))), [(0, None, "nobody"), (24, "甲", "turn")]),
        (Rota(DAILY, shifts=(Shift(at(10), at(12), "丁"),)),
         [(0, "甲", "turn"), (10, "丁", "shift"), (12, "甲", "turn"), (24, "乙", "turn")]),
        (Rota(DAILY, overrides=(Shift(at(20), at(30), "戊"),)),
         [(0, "甲", "turn"), (20, "戊", "override"), (30, "乙", "turn")]),
        (Rota(DAILY, overrides=(Shift(at(20), at(30)),)),
         [(0, "甲", "turn"), (20, None, "override"), (30, "乙", "turn")]),
        (Rota(DAILY, overrides=(Shift(at(0), at(40), "丁"), Shift(at(5), at(6), "戊"))),
         [(0, "丁", "override"), (5, "戊", "override"), (6, "丁", "override"), (40, "乙", "turn")]),
    ],
    ids=["empty", "daily", "weekly", "not yet", "shift", "override over a hand-over", "leave", "the later line wins"],
)  # fmt: skip
def test_the_final_rota(rota: Rota, wanted: list[tuple[float, str | None, str]]) -> None:
    assert people(rota, 48) == wanted


def test_a_rota_that_was_written_in_another_zone_changes_hands_at_the_same_moment() -> None:
    there = Shift(at(10).astimezone(NEW_YORK), at(12).astimezone(NEW_YORK), "丁")
    assert people(Rota(DAILY, (there,)), 48) == people(Rota(DAILY, (Shift(at(10), at(12), "丁"),)), 48)


moments = st.integers(0, 14 * 24 * 4).map(lambda quarters: at(quarters / 4))
shifts = st.builds(
    lambda start, length, person: Shift(start, start + timedelta(hours=length), person),
    moments,
    st.integers(1, 200),
    st.sampled_from(["丁", "戊", None]),
)
lines = st.lists(shifts, max_size=5).map(tuple)
turns = st.none() | st.builds(
    Turns,
    st.lists(st.sampled_from("甲乙丙"), min_size=1, max_size=3).map(tuple),
    st.dates(date(2026, 11, 1), date(2026, 12, 20)),
    st.integers(1, 9),
    st.times().map(lambda each: time(each.hour, each.minute)),
)
rotas = st.builds(Rota, turns, lines, lines)


@given(rotas, moments)
def test_every_view_equals_the_one_function(rota: Rota, moment: datetime) -> None:
    end = START + AHEAD + timedelta(days=1)
    stretches = final(rota, START, end)
    assert [each.end for each in stretches[:-1]] == [each.start for each in stretches[1:]], "without a gap"
    assert (stretches[0].start, stretches[-1].end) == (START, end)
    [there] = [each for each in stretches if each.start <= moment < each.end]
    here = on_call(rota, moment)
    assert (here.person, here.because) == (there.person, there.because)


def test_turns_starve_nobody_over_a_year() -> None:
    year = final(Rota(DAILY), START, START + timedelta(days=366))
    had = {person: sum(each.person == person for each in year) for person in DAILY.people}
    assert max(had.values()) - min(had.values()) <= 1


# -- holes


def looked(rota: Rota | None, **ways: frozenset[Way]) -> tuple[Hole, ...]:
    return holes(POLICY, rota, ways, START, START + AHEAD)


def test_a_rota_without_anybody_is_one_hole_and_wholly() -> None:
    for rota in (None, Rota()):
        [hole] = found = looked(rota)
        assert (hole.start, hole.end, hole.kind) == (START, START + AHEAD, "nobody")
        assert is_whole(found, START, START + AHEAD)


def test_whoever_no_way_leads_to_leaves_a_hole_with_their_name() -> None:
    found = looked(Rota(DAILY), 甲=LINE, 乙=LINE)
    assert {(each.kind, each.person) for each in found} == {("unreachable", "丙")}
    assert [each.start for each in found] == [at(48 + 72 * number) for number in range(4)]
    assert not is_whole(found, START, START + AHEAD)
    assert looked(Rota(DAILY), 甲=LINE, 乙=LINE, 丙=frozenset({"mail"})) == ()


def test_nobody_reachable_on_any_day_is_a_whole_hole() -> None:
    assert is_whole(looked(Rota(DAILY)), START, START + AHEAD)


def test_leave_without_a_substitute_is_a_hole() -> None:
    [hole] = looked(Rota(Turns(("甲",), date(2026, 11, 1)), overrides=(Shift(at(18), at(30)),)), 甲=LINE)
    assert (hole.start, hole.end, hole.kind) == (at(18), at(30), "nobody")


def test_only_a_hole_that_was_not_there_before_is_made_by_a_change() -> None:
    old, longer, new, far = (Hole(at(start), at(end), "nobody") for start, end in ((1, 2), (1, 3), (4, 5), (20, 21)))
    assert made([longer, new, far], [old], at(14)) == (new,)
    assert made([new], [], at(4)) == (), "it has come into sight, nobody made it"


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-12-01T09:59", "2026-11-01T10:00"),
        ("2026-12-01T10:00", "2026-12-01T10:00"),
        ("2027-01-15T00:00", "2027-01-01T10:00"),
    ],
)
def test_the_months_test_is_due_on_its_day_at_its_hour_of_taipei(now: str, due: str) -> None:
    there = [datetime.fromisoformat(f"{each}:00+08:00") for each in (now, due)]
    assert MonthlyTest(day=1, at=time(10)).last(there[0]) == there[1]
