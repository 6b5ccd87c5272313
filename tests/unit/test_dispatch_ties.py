"""Which keys tie a report to a family's case, whom it counts as, and what an officer's verdict does to both."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

from contracts.people import Person, Place, Role
from contracts.reports import CaseType, Occurrence, Report, SourceUnit
from dispatch.domain.people.duplicates import Kind, Known, Window, relate
from dispatch.domain.people.ties import Ties, ties
from dispatch.domain.report.incoming import Incoming
from dispatch.domain.report.report import Verdict
from dispatch.domain.report.verdicts import apart, said_of, ties_to_cases, together
from dispatch.domain.triage.facts import facts_of
from hypothesis import given
from hypothesis import strategies as st
from rules.people import Keys, keys_of

from tests.load.identity import index
from tests.unit.dispatch_report import report

AT = datetime(2026, 11, 20, 13, 5, tzinfo=UTC)
BORN = "1990-03-12"
ONE, TWO, THREE = "Q222222220", "A128394702", "B120561837"


def subject(**fields: Any) -> Person:
    return Person.model_validate({"role": "subject", "name": "陳怡君", "birth_date": BORN} | fields)


def arriving(id: str, *people: Person, days: int = 0) -> Incoming:
    at = AT + timedelta(days=days)
    report = Report(
        case_type=CaseType.ADULT_PROTECTION, county="chiayi-county", people=people,
        event=Occurrence(occurred_at=at, place=Place(county="chiayi-county", township="民雄鄉")),
    )  # fmt: skip
    return Incoming(id, 1, "chiayi-county", id, SourceUnit.POLICE, at, report)


def tied(incoming: Incoming, earlier: Sequence[Known] = ()) -> Ties:
    return ties(incoming, facts_of(incoming), keys_of(incoming.report, index), earlier, Window())


def known(incoming: Incoming, earlier: Sequence[Known] = ()) -> Known:
    """The report as it is known once it was decided after `earlier`."""
    facts, keys = facts_of(incoming), keys_of(incoming.report, index)
    return Known(
        incoming.report_id, incoming.received_at, incoming.report.event.occurred_at, facts.case_type, "police",
        incoming.agency_id, tuple(facts.kinds), facts.township, keys, "protection",
        person=tied(incoming, earlier).person,
    )  # fmt: skip


def all_tied(reports: Sequence[Incoming]) -> list[Ties]:
    """Ties of reports that come one after the other; who was counted apart before is counted together since."""
    earlier, found = list[Known](), list[Ties]()
    for each in reports:
        tie = tied(each, earlier)
        earlier = [replace(one, person=tie.person) if one.person in tie.also else one for one in earlier]
        earlier.append(replace(known(each), person=tie.person))
        found.append(tie)
    return [replace(tie, person=str(one.person)) for tie, one in zip(found, earlier, strict=True)]


def kinds(keys: frozenset[str]) -> list[str]:
    return sorted(key.split(":")[0] for key in keys)


# --- namesakes -----------------------------------------------------------------------------------------------------


def test_a_name_and_birth_date_tie_a_family_while_nothing_speaks_against_it() -> None:
    first = known(arriving("a", subject(national_id=ONE)))
    assert kinds(tied(arriving("b", subject(), days=3), [first]).family) == ["nb"]


def test_two_national_ids_under_one_name_and_birth_date_are_two_families() -> None:
    first = known(arriving("a", subject(national_id=ONE)))
    assert kinds(tied(arriving("b", subject(national_id=TWO), days=3), [first]).family) == ["id"]


def test_where_two_are_known_by_a_name_it_ties_nobody_to_either() -> None:
    flood = [known(arriving("a", subject(national_id=ONE))), known(arriving("b", subject(national_id=TWO)))]
    tie = tied(arriving("c", subject(), days=3), flood)
    assert (tie.family, tie.kin) == (frozenset(), ())
    assert tie.person == "c"


def test_a_namesake_among_the_children_ties_no_families() -> None:
    child = {"role": Role.HOUSEHOLD_MEMBER, "name": "陳小寶", "birth_date": "2020-06-01"}
    first = known(arriving("a", subject(national_id=ONE), subject(**child, national_id=THREE)))
    other = subject(name="林美", birth_date="1985-01-01")
    tie = tied(arriving("b", other, subject(**child, national_id=TWO), days=3), [first])
    assert kinds(tie.family) == ["id", "nb"]  # the child's id, and the mother's name: not the child's name
    assert not tie.family & first.keys.family


def test_a_sibling_with_another_id_does_not_speak_against_a_name() -> None:
    sibling = subject(role="household_member", name="陳大寶", birth_date="2018-01-01", national_id=TWO)
    first = known(arriving("a", subject(), sibling))
    assert tied(arriving("b", subject(national_id=ONE), days=3), [first]).family & first.keys.family


def test_what_is_too_weak_for_one_person_ties_no_case() -> None:
    here = subject(phones=["0911111111"], residence={"county": "c", "township": "民雄鄉", "address": "中山路1號"})
    there = subject(phones=["0922222222"], residence={"county": "c", "township": "民雄鄉", "address": "中正路2號"})
    first = known(arriving("a", here))
    second = arriving("b", there, days=3)
    assert relate(second, facts_of(second), keys_of(second.report, index), [first]).kind == "not_same"
    assert not tied(second, [first]).family & first.keys.family


def test_someone_known_by_more_than_the_shared_name_is_led_to_by_the_report_itself() -> None:
    home = {"county": "c", "township": "民雄鄉", "address": "中山路1號"}
    known_here = known(arriving("a", subject(residence=home)))
    namesakes = [known(arriving("n", subject(national_id=ONE))), known(arriving("m", subject(national_id=TWO)))]
    tie = tied(arriving("b", subject(residence=home), days=3), [known_here, *namesakes])
    assert tie.kin == ("a",)
    assert not tie.family


def test_an_id_is_never_left_out() -> None:
    reports = [arriving(id, subject(national_id=ONE), days=day) for id, day in (("a", 0), ("b", 3))]
    others = [known(arriving("n", subject(national_id=TWO)))]
    assert all("id" in kinds(tied(each, others).family) for each in reports)


# --- verdicts ------------------------------------------------------------------------------------------------------


def verdict(of: str, kind: Kind, also: str | None = None) -> Verdict:
    return Verdict(f"{of}{kind}", of, kind, "王篩派", AT, also=also)


def test_what_an_officer_found_apart_is_related_by_nothing() -> None:
    first = replace(known(arriving("a", subject(phones=["0911111111"]))), said="not_same")
    again = arriving("b", subject(phones=["0911111111"]))
    assert relate(again, facts_of(again), keys_of(again.report, index), [first]).kind == "not_same"
    assert not tied(again, [first]).family & first.keys.family


def test_what_an_officer_found_together_needs_no_key() -> None:
    stranger = arriving("a", subject(name="王大明", birth_date="1950-01-01"))
    mine = arriving("b", subject())
    for kind in ("same_event", "same_person_new_event", "same_family"):
        found = relate(mine, facts_of(mine), Keys(), [replace(known(stranger), said=kind)])
        assert (found.kind, found.of, found.reasons) == (kind, "a", ("verdict",))


def test_the_latest_verdict_holds() -> None:
    said = [verdict("a", "same_family"), verdict("b", "not_same"), verdict("a", "not_same", "origin")]
    assert (apart(said), together(said)) == (("a", "b", "origin"), ())
    said.append(verdict("a", "same_person_new_event"))
    assert (apart(said), together(said)) == (("b",), ("a",))


def test_who_is_parted_from_a_duplicate_is_parted_from_its_original_and_its_other_duplicates() -> None:
    said = [verdict("copy", "not_same", "origin")]
    assert [said_of(said, id, of) for id, of in (("copy", "origin"), ("origin", None), ("third", "origin"))] == [
        "not_same"] * 3  # fmt: skip
    assert said_of(said, "other", None) is None


def test_a_decision_goes_out_with_what_parts_and_what_binds_it() -> None:
    said = (verdict("b", "not_same"), verdict("c", "same_family"))
    told = report(keys=Keys(family=frozenset({"id:1"})), kin=("k", "b"), verdicts=said)
    assert ties_to_cases(told) == {"family": ("id:1",), "apart": ("b",), "together": ("c", "k")}
    assert ties_to_cases(replace(told, family=()))["family"] == ()


# --- whom a report counts as ---------------------------------------------------------------------------------------


def test_a_person_told_of_by_different_keys_counts_once() -> None:
    told = [
        arriving("a", subject(national_id=ONE, birth_date=None, name=None)),
        arriving("b", subject(phones=["0911111111"], birth_date=None), days=3),
        arriving("c", subject(national_id=ONE, phones=["0911111111"], birth_date=None), days=6),
    ]
    for order in permutations(told):
        assert len({tie.person for tie in all_tied(order)}) == 1


def test_namesakes_with_two_ids_count_as_two() -> None:
    told = [arriving("a", subject(national_id=ONE)), arriving("b", subject(national_id=TWO), days=3)]
    assert len({tie.person for tie in all_tied(told)}) == 2


def test_mother_and_child_of_one_report_do_not_become_one_person() -> None:
    mother, child = subject(national_id=ONE), subject(name="陳小寶", birth_date="2020-06-01", national_id=TWO)
    told = [arriving("a", mother, child), arriving("b", mother, days=3), arriving("c", child, days=6)]
    for order in permutations(told):
        assert len({tie.person for tie in all_tied(order)}) == 2


FACTS = st.fixed_dictionaries(
    {}, optional={"national_id": st.just(ONE), "phones": st.just(["0911111111"]),
                  "residence": st.just({"county": "c", "township": "民雄鄉", "address": "中山路1號"})},
)  # fmt: skip


@given(st.lists(FACTS, min_size=2, max_size=5), st.randoms())
def test_the_reports_of_one_family_share_a_key_in_whatever_order_they_come(told: list[Any], random: Any) -> None:
    reports = [arriving(f"r{n}", subject(**fields), days=n) for n, fields in enumerate(told)]
    random.shuffle(reports)
    found = all_tied(reports)
    assert frozenset.intersection(*(tie.family for tie in found))
    assert len({tie.person for tie in found}) == 1
