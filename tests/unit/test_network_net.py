"""A hidden link has a reason; what both sides share, and what many have, is none."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from network.graph.domain.net import Link, links
from network.known.entry import Known, Named

T0 = datetime(2026, 11, 1, tzinfo=UTC)
COUNTY, LEAD = "chiayi-county", "chiayi-county/protection"
CHILD = Named(("id:child",), "subject", homes=("ad:1",), phones=("ph:1",))


def case(id: str, *people: Named, **more: object) -> Known:
    whole = Known("case", id, COUNTY, LEAD, (LEAD,), T0, None, "opened", people, within=(f"case:{id}",))
    return replace(whole, **more)  # type: ignore[arg-type]


MINE = case("mine", CHILD, Named(("id:father",), "household_member", "parent"))


def found(*others: Known, mine: Known = MINE, most: int = 6, **holders: int) -> tuple[Link, ...]:
    return links(mine, others, {key.replace("_", ":"): count for key, count in holders.items()}, most)  # type: ignore[misc]


def test_two_cases_of_one_house_and_one_telephone_are_linked_with_the_reason() -> None:
    [link] = found(case("other", Named(("id:9",), "subject", homes=("ad:1",), phones=("ph:1",))), ad_1=2, ph_1=3)
    assert link.rule == "house_and_telephone"
    assert [(each.kind, each.shared_by) for each in link.evidence] == [("home", 2), ("phone", 3)]


@pytest.mark.parametrize(("homes", "phones", "rule"), [(("ad:1",), (), "house"), ((), ("ph:1",), "telephone")])
def test_one_alone_is_a_lesser_link(homes: tuple[str, ...], phones: tuple[str, ...], rule: str) -> None:
    [link] = found(case("other", Named(("id:9",), "subject", homes=homes, phones=phones)))  # type: ignore[arg-type]
    assert link.rule == rule


def test_a_registration_office_links_nobody_but_a_telephone_of_two_who_are_registered_there_does() -> None:
    there = Named(("id:9",), "subject", homes=("ad:1",))
    assert found(case("other", there), ad_1=400) == ()
    [link] = found(case("other", replace(there, phones=("ph:1",))), ad_1=400, ph_1=2)
    assert link.rule == "telephone" and [each.kind for each in link.evidence] == ["phone"]


def test_a_missing_father_appears_under_his_brothers_case() -> None:
    uncle = Named(("id:uncle",), "subject", homes=("ad:2",))
    father = Named(("id:father",), "household_member", "sibling", homes=("ad:2",))
    brothers = case("brother", uncle, father, lists=("drug_prevention",))
    [link] = found(brothers)
    assert (link.rule, [each.value for each in link.evidence]) == ("missing_parent", ["id:father"])
    at_home = replace(MINE, people=(CHILD, Named(("id:father",), "household_member", "parent", homes=("ad:1",))))
    assert [each.rule for each in found(brothers, mine=at_home)] == ["person"]


def test_one_perpetrator_in_three_families_is_a_find_and_in_two_somebody_known() -> None:
    him = Named(("id:him", "nb:him"), "alleged_perpetrator")
    mine, two, three = case("one", him), case("two", him), case("three", replace(him, keys=("nb:him",)))
    assert [each.rule for each in links(mine, [two], {}, 6)] == ["person"]
    assert [each.rule for each in links(mine, [two, three], {}, 6)] == ["perpetrator", "perpetrator"]


def test_what_both_sides_serve_together_or_are_one_case_by_now_is_no_find() -> None:
    other = case("other", Named(("id:9",), "subject", homes=("ad:1",)))
    together = {"workers": (f"{LEAD} 陳社工",)}
    assert found(replace(other, **together), mine=replace(MINE, **together)) == ()  # type: ignore[arg-type]
    assert found(replace(other, within=("case:mine", "case:other"))) == ()
    assert found(replace(other, kind="household")) == ()


def test_both_sides_have_one_link_between_them() -> None:
    other = case("other", Named(("id:9",), "subject", homes=("ad:1",)))
    assert [each.id for each in found(other)] == [each.id for each in links(other, [MINE], {}, 6)]
