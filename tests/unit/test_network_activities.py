"""What follows from plain records: who has a site, who is short, who waits, what adds up, what is reached."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from network.activities.domain.coverage import covered
from network.activities.domain.indicators import Indicator, valued
from network.activities.domain.posts import filled, planned
from network.activities.domain.record import (
    Activity,
    Base,
    Content,
    Coverage,
    Growth,
    Need,
    Posts,
    Record,
    Session,
    Typed,
)
from network.activities.domain.sums import BY, equation, forms, summed, summed_by
from network.activities.domain.training import seats

TOWNSHIPS = (*(f"t{at}" for at in range(17)), "阿里山鄉")
AT = datetime(2026, 1, 1, tzinfo=UTC)
words = st.sampled_from(["", "a", "b", "c"])
activities = st.lists(
    st.builds(Activity, st.just("activity"), words, st.just("2021-01-01"), st.integers(1, 90), st.integers(0, 9),
              organiser=words, funds=words, series=words, place=words, township=words), max_size=12,
)  # fmt: skip


def record(what: Content, id: str = "r") -> Record:
    return Record(id, "chiayi-county", "chiayi-county/window", what, "keeper", AT)


def site(township: str, sites: int, communities: int = 0) -> Coverage:
    return Coverage("coverage", "community_support", 2021, township, sites, communities)


def test_a_township_is_covered_by_what_was_said_of_it_last() -> None:
    said = [site(each, 1) for each in TOWNSHIPS]
    [found] = covered([*said, site("阿里山鄉", 0)], (), TOWNSHIPS)
    assert (len(found.covered), found.lacking, found.share) == (17, ("阿里山鄉",), 17 / 18)
    [found] = covered(said, (), TOWNSHIPS)
    assert found.lacking == () and found.community_share is None


def test_communities_are_a_share_of_the_base_of_their_year() -> None:
    bases = [Base("base", "communities", 2021, 362), Base("base", "communities", 2020, 100)]
    [found] = covered([site("t1", 1, 40), site("t2", 1, 7)], bases, TOWNSHIPS)
    assert found.community_share == pytest.approx(47 / 362)


def test_a_unit_lacks_somebody_also_where_another_role_has_one_too_many() -> None:
    said = [Posts("posts", "u", "supervisor", "2021-09", 1, 2), Posts("posts", "u", "worker", "2021-09", 4, 3)]
    [found] = filled(said, "2021-12")
    assert (found.posts, found.filled, found.is_short) == (5, 5, True)
    later = Posts("posts", "u", "worker", "2022-01", 4, 4)
    assert filled([later, *said], "2021-12") == (found,), "what is said of a later month changes no earlier one"
    assert not filled([later, *said], "2022-01")[0].is_short


def test_posts_grow_by_year() -> None:
    more = [Growth("growth", "u", year, count) for year, count in ((2023, 5), (2022, 7), (2024, 3), (2025, 4))]
    assert planned(85, more) == ((2022, 7, 92), (2023, 5, 97), (2024, 3, 100), (2025, 4, 104))


def test_a_seat_goes_to_who_is_due_first_and_none_to_a_session_after_that_day() -> None:
    needs = [
        record(Need("need", "level_1", f"n{at}", "", "2026-01-01", f"2026-04-0{9 - at}"), f"r{at}") for at in range(3)
    ]
    needs.append(record(Need("need", "level_1", "done", "", "2025-01-01", "2025-04-01", taken="2025-03-01"), "r9"))
    early, late = (Session("session", "level_1", day, 1) for day in ("2026-03-01", "2026-05-01"))
    found = seats(needs, [late, early], "2026-02-01")
    assert [(each.need.name, each.day) for each in found] == [("n2", "2026-03-01"), ("n1", None), ("n0", None)]
    assert all(each.waits for each in seats(needs, [early], "2026-03-02")), "a session that is over seats nobody"


@given(activities)
def test_every_way_to_add_sessions_up_gives_the_same_sum(found: list[Activity]) -> None:
    whole, of = summed(found), forms(found)
    for field in BY:
        parts = [each.sessions for each in summed_by(found, field).values()]
        assert equation(whole.sessions, parts).startswith(f"{whole.sessions} = ")
    assert of.single + of.in_series == whole.sessions


def test_a_sum_that_does_not_come_out_is_loud() -> None:
    assert equation(132, [22, 12, 18, 80]) == "132 = 22 + 12 + 18 + 80" and "≠" in equation(132, [22, 12, 18, 79])


@pytest.mark.parametrize(("value", "is_met"), [(0.9911, True), (0.85, True), (0.841, False), (None, None)])
def test_an_indicator_is_reached_at_its_target(value: float | None, is_met: bool | None) -> None:
    indicator = Indicator("counselling_opening", "briefing", False, target=0.85)
    typed = [record(Typed("typed", "counselling_opening", 2021, value))] if value is not None else []
    [found] = valued([indicator], {}, typed, None)
    assert (found.value, found.is_met) == (value, is_met)


def test_what_the_platform_counts_goes_before_what_was_typed() -> None:
    indicator = Indicator("posts_filled", "briefing", False, data="posts")
    typed = [record(Typed("typed", "posts_filled", 2021, 0.5))]
    [found] = valued([indicator], {"posts": (226, 257)}, typed, None)
    assert (f"{found.value:.1%}", found.record) == ("87.9%", None)
    [per] = valued([Indicator("p", "s", False, data="posts", per=10_000)], {"posts": (10, 1)}, (), 496_440)
    assert per.value == pytest.approx(10 * 10_000 / 496_440)
