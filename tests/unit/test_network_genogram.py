"""A genogram holds for families on which every library breaks: second partners, half-siblings, cousins, adoption."""

import re
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from network.graph.domain.genogram import Drawing, R, draw
from network.graph.domain.kinship import PARENTS, Bond, Kin, Parent, Partners, Someone, kin_of, people_of, refusal
from network.graph.domain.rows import GAP
from network.known.entry import Named


def family(*people: str, **more: tuple[object, ...]) -> Kin:
    """`m` is a man, `f` a woman, by the first letter; the year of birth after a colon."""
    made = []
    for each in people:
        key, _, year = each.partition(":")
        sex = {"m": "male", "f": "female"}.get(key[0])
        made.append(Someone(key, sex, int(year) if year else None))
    return Kin(tuple(made), **more)  # type: ignore[arg-type]


def born(child: str, *parents: str, how: str = "birth") -> tuple[Parent, ...]:
    return tuple(Parent(each, child, how) for each in parents)  # type: ignore[arg-type]


SECOND = family(
    "m", "f1", "f2", "f_a:2010", "m_b:2012", "f_c:2018",
    parents=(*born("f_a", "m", "f1"), *born("m_b", "m", "f1"), *born("f_c", "m", "f2")),
    partners=(Partners("f1", "m", "divorced"), Partners("f2", "m", "cohabiting")),
)  # fmt: skip
COUSINS = family(
    "m_grand", "f_grand", "m_son:1980", "f_daughter:1983", "f_in", "m_in", "m_one:2010", "f_two:2012",
    parents=(*born("m_son", "m_grand", "f_grand"), *born("f_daughter", "m_grand", "f_grand"),
             *born("m_one", "m_son", "f_in"), *born("f_two", "f_daughter", "m_in")),
)  # fmt: skip
ADOPTED = family(
    "m", "f", "f_birth", "m_child:2015", "f_foster:2017",
    parents=(*born("m_child", "f_birth"), *born("m_child", "m", "f", how="adopted"),
             *born("f_foster", "m", "f", how="fostered")),
)  # fmt: skip
BOTH_SIDES = family(
    "m_pg", "f_pg", "m_mg", "f_mg", "m_dad:1980", "m_uncle:1990", "f_aunt:1978", "f_mum:1982", "f_child:2012",
    parents=(*born("m_dad", "m_pg", "f_pg"), *born("m_uncle", "m_pg", "f_pg"), *born("f_mum", "m_mg", "f_mg"),
             *born("f_aunt", "m_mg", "f_mg"), *born("f_child", "m_dad", "f_mum")),
)  # fmt: skip
COUSINS_MARRY = Kin(
    (*COUSINS.people, Someone("x:child")), (*COUSINS.parents, *born("x:child", "m_one", "f_two")), COUSINS.partners
)
FAMILIES = [SECOND, COUSINS, ADOPTED, BOTH_SIDES, COUSINS_MARRY]


def at(drawing: Drawing) -> dict[str, tuple[int, int]]:
    return {each.person.key: (each.x, each.y) for each in drawing.symbols}


def numbers(path: str) -> list[int]:
    return [int(each) for each in re.findall(r"-?\d+", path)]


def holds(drawing: Drawing, kin: Kin) -> None:
    """What is true of every genogram."""
    places = at(drawing)
    assert sorted(places) == sorted(each.key for each in kin.people), "everybody, once"
    for (x1, y1), (x2, y2) in combinations(places.values(), 2):
        assert y1 != y2 or abs(x1 - x2) >= GAP - 1, "nobody stands on another"
    for parent in kin.parents:
        assert places[parent.parent][1] < places[parent.child][1], "parents stand above children"
    hanging = [line for line in drawing.lines if line.kind in PARENTS]
    couples = {frozenset(line.about): line for line in drawing.lines if line not in hanging}
    for line in hanging:
        *parents, child = line.about
        x, y, *_, end = numbers(line.path)
        left, right = min(places[each][0] for each in parents), max(places[each][0] for each in parents)
        assert x == (left + right) // 2, "from the middle of the parents"
        bar = numbers(couples[frozenset(parents)].path)[2] if len(parents) > 1 else places[parents[0]][1] + R
        assert (y, end) == (bar, places[child][1] - R), "from their line to the child"
    for circle in drawing.circles:
        strangers = [place for key, place in places.items() if key not in circle.people]
        for neck in circle.necks:
            assert not any(_touches(neck, place) for place in strangers), "nobody else is in the circle"


def _touches(path: str, place: tuple[int, int]) -> bool:
    """Whether a way of straight pieces passes over somebody's symbol."""
    x, y = numbers(path)[:2]
    for letter, value in re.findall(r"([HV])(-?\d+)", path):
        to = (int(value), y) if letter == "H" else (x, int(value))
        inside = min(x, to[0]) - R < place[0] < max(x, to[0]) + R and min(y, to[1]) - R < place[1] < max(y, to[1]) + R
        if inside:
            return True
        x, y = to
    return False


@pytest.mark.parametrize("kin", FAMILIES)
def test_it_holds_for_families_on_which_libraries_break(kin: Kin) -> None:
    holds(draw(kin), kin)


def test_a_second_partner_stands_at_the_other_side_and_half_siblings_hang_from_their_own_parents() -> None:
    drawing, places = draw(SECOND), at(draw(SECOND))
    assert places["f1"][0] < places["m"][0] < places["f2"][0] or places["f2"][0] < places["m"][0] < places["f1"][0]
    lines = {line.about: line for line in drawing.lines}
    assert lines["f1", "m"].kind == "divorced" and len(lines["f1", "m"].marks) == 2
    assert lines["f2", "m"].kind == "cohabiting" and lines["f2", "m"].marks == ()
    starts = {child: numbers(lines[(*parents, child)].path)[0] for parents, child in
              ((("f1", "m"), "f_a"), (("f1", "m"), "m_b"), (("f2", "m"), "f_c"))}  # fmt: skip
    assert starts["f_a"] == starts["m_b"] != starts["f_c"]
    bars = {numbers(lines[about].path)[2] for about in (("f1", "m"), ("f2", "m"))}
    assert len(bars) == 2, "two couples of one man have lines of their own"


def test_cousins_share_grandparents_alone_and_the_older_stands_left() -> None:
    places = at(draw(COUSINS))
    assert places["m_son"][0] < places["f_daughter"][0]
    assert places["m_one"][1] == places["f_two"][1] > places["m_son"][1] > places["m_grand"][1]


def test_adopted_and_fostered_children_hang_dashed_and_dotted_beside_where_they_were_born() -> None:
    kinds = {(line.kind, line.about) for line in draw(ADOPTED).lines}
    assert {
        ("birth", ("f_birth", "m_child")),
        ("adopted", ("f", "m", "m_child")),
        ("fostered", ("f", "m", "f_foster")),
    } <= kinds


def test_where_two_families_meet_the_couple_stands_side_by_side() -> None:
    places = at(draw(BOTH_SIDES))
    row = sorted((key for key in places if places[key][1] == places["m_dad"][1]), key=lambda key: places[key][0])
    assert abs(row.index("m_dad") - row.index("f_mum")) == 1, row


def test_it_is_the_same_whatever_order_it_comes_in() -> None:
    for kin in FAMILIES:
        turned = Kin(kin.people[::-1], kin.parents[::-1], kin.partners[::-1])
        assert draw(turned) == draw(kin)


def test_who_lives_together_is_in_one_circle_without_anybody_else() -> None:
    homes = {"m_dad": "h", "f_mum": "h", "f_child": "h", "m_pg": "p", "m_uncle": "p", "f_aunt": "h"}
    people = tuple(
        Someone(each.key, each.sex, each.birth_year, homes=frozenset({homes[each.key]} if each.key in homes else ()))
        for each in BOTH_SIDES.people
    )
    drawing = draw(Kin(people, BOTH_SIDES.parents))
    assert {frozenset(each.people) for each in drawing.circles} == {
        frozenset({"m_dad", "f_mum", "f_child", "f_aunt"}), frozenset({"m_pg", "m_uncle"}),
    }  # fmt: skip
    holds(drawing, BOTH_SIDES)


@st.composite
def kin(draws: st.DrawFn) -> Kin:
    """A family of some generations: each child of one or two of those above, some with another parent too."""
    keys = [f"{draws(st.sampled_from('mfx'))}{n:02}" for n in range(draws(st.integers(1, 14)))]
    parents, partners = list[Parent](), list[Partners]()
    for n, key in enumerate(keys):
        above = draws(st.lists(st.sampled_from(keys[:n]), max_size=2, unique=True)) if n else []
        how = draws(st.sampled_from(("birth", "adopted", "fostered")))
        parents += [Parent(each, key, how) for each in above]  # type: ignore[arg-type]
    lives = draws(st.lists(st.sampled_from(["", "h", "i"]), min_size=len(keys), max_size=len(keys)))
    people = tuple(
        Someone(key, {"m": "male", "f": "female"}.get(key[0]), homes=frozenset({home} if home else ()))
        for key, home in zip(keys, lives, strict=True)
    )
    return Kin(people, tuple(parents), tuple(partners))


@given(kin())
def test_it_holds_for_any_family(found: Kin) -> None:
    holds(draw(found), found)


RELATIONS = ("parent", "child", "sibling", "grandparent", "spouse", "ex_spouse", "partner", "other", None)


@st.composite
def told(draws: st.DrawFn) -> Kin:
    """Some people whom reports name by any relation, and whatever workers then say of any two of them."""
    keys = [f"x{n}" for n in range(draws(st.integers(1, 6)))]
    roles = st.tuples(st.sampled_from(("subject", "household_member")), st.sampled_from(RELATIONS))
    named = [Named((key,), *draws(roles)) for key in keys]  # type: ignore[arg-type]
    two = st.tuples(st.sampled_from(keys), st.sampled_from(keys))
    whose = st.lists(st.tuples(two, st.sampled_from(PARENTS)), max_size=5)
    parents = [Parent(*ends, how) for ends, how in draws(whose)]  # type: ignore[arg-type]
    couples = [Partners(*ends) for ends in draws(st.lists(two, max_size=2))]
    return kin_of(people_of(named), (*parents, *couples))


@given(told())
def test_whatever_reports_and_workers_say_can_be_drawn(found: Kin) -> None:
    assert {each.person.key for each in draw(found).symbols} == {each.key for each in found.people}
    for n, each in enumerate(found.parents):
        assert refusal(each, found.parents[:n]) != "kin_own_ancestor"


def test_a_worker_who_says_the_contrary_of_a_report_is_believed_and_drawn() -> None:
    named = [Named(("id:1",), "subject"), Named(("id:2",), "alleged_perpetrator", "parent")]
    kin = kin_of(people_of(named), [Parent("id:1", "id:2"), Parent("id:2", "id:1")])
    assert kin.parents == (Parent("id:1", "id:2"),), "what was said first: nobody is their own ancestor"
    holds(draw(kin), kin)


def test_reports_say_who_is_whose_by_relation() -> None:
    named = [
        Named(("id:1",), "subject", birth_year=2015, sex="female"),
        Named(("id:2",), "alleged_perpetrator", "parent", sex="male"),
        Named(("id:3",), "household_member", "parent", sex="female"),
        Named(("id:4",), "household_member", "sibling", sex="male"),
        Named(("id:5",), "caregiver", "grandparent", sex="female"),
    ]
    kin = kin_of(people_of(named), ())
    assert set(kin.parents) == {
        *born("id:1", "id:2", "id:3"), *born("id:4", "id:2", "id:3"), Parent("id:5", "id:2"),
    }  # fmt: skip
    holds(draw(kin), kin)


def test_siblings_without_parents_have_one_whom_nobody_knows() -> None:
    kin = kin_of(people_of([Named(("id:1",), "subject"), Named(("id:4",), "household_member", "sibling")]), ())
    assert {each.parent for each in kin.parents} == {"unknown:id:1"}
    holds(draw(kin), kin)


def test_nobody_is_their_own_ancestor_and_nobody_has_three_parents() -> None:
    known = (*born("b", "a"), *born("c", "b"), *born("c", "x"))
    assert refusal(Parent("c", "a"), known) == "kin_own_ancestor"
    assert refusal(Parent("y", "c"), known) == "kin_two_parents"
    assert refusal(Parent("y", "c", "fostered"), known) is None
    assert refusal(Bond("a", "a", "violence"), known) == "kin_oneself"


def test_violence_is_a_zigzag_from_one_to_the_other() -> None:
    kin = Kin(BOTH_SIDES.people, BOTH_SIDES.parents, (), (Bond("m_dad", "f_child", "violence"),))
    [line] = [each for each in draw(kin).lines if each.kind == "violence"]
    assert line.about == ("m_dad", "f_child") and line.path.count("L") > 3


def test_somebody_put_into_the_picture_is_nobodys_kin_until_it_is_said() -> None:
    people = (*people_of([Named(("id:1",), "subject")]), Someone("own:2", "female", relation="partner"))
    assert kin_of(people, ()).partners == ()
