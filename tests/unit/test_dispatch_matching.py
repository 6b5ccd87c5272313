"""Names that sound, look or are written alike; what an officer is shown, and what a weak match never decides."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from contracts.people import Person, Place, Role, Sex
from contracts.reports import CaseType, Occurrence, Report, SourceUnit
from dispatch.domain.people.duplicates import REASONS, Known, Window, relate
from dispatch.domain.people.matching import (
    LIKELY,
    POSSIBLE,
    WEIGHTS,
    WORDS,
    Candidate,
    Match,
    candidates,
    compare,
    likeness,
)
from dispatch.domain.people.traits import of_family
from dispatch.domain.report.incoming import Incoming
from dispatch.domain.triage.facts import facts_of
from rules.names import birthday, folded, plain_address, sound, stated_name, stated_phones
from rules.people import PHONES, keys_of

from tests.load.identity import flooded, index, labelled, measure

AT = datetime(2026, 11, 20, 13, 5, tzinfo=UTC)
HOME = Place(county="chiayi-county", township="民雄鄉", village="東榮村", address="建國路一段 1 號")
AWAY = Place(county="chiayi-county", township="太保市", address="中山路 88 號")
MEI = Person(
    role=Role.SUBJECT, name="陳怡君", national_id="Q222222220", birth_date=date(1990, 3, 12), sex=Sex.FEMALE,
    phones=("0912345678",), residence=HOME,
)  # fmt: skip


def but(person: Person = MEI, **changes: Any) -> Person:
    return person.model_copy(update=changes)


def only(**fields: Any) -> Person:
    return Person(role=Role.SUBJECT, **fields)


# ---------------------------------------------------------------- names, addresses, numbers


@pytest.mark.parametrize(("one", "other"), [("台峯", "臺峰"), ("陳國傑", "陈国杰"), ("鍾秀綉", "鐘秀繡")])
def test_variant_glyphs_fold_into_one(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("陳怡君", "陳宜均"), ("陳怡君", "程怡君"), ("陳怡君", "怡君陳"), ("NGUYỄN THỊ LAN", "Lan Nguyen Thi")],
)
def test_names_that_sound_alike_have_one_sound_in_whatever_order(one: str, other: str) -> None:
    assert sound(one) == sound(other) is not None


@pytest.mark.parametrize(("one", "other"), [("陳怡君", "陳怡伶"), ("林志明", "林志銘豪"), ("黃文雄", "王文雄")])
def test_names_that_sound_otherwise_do_not(one: str, other: str) -> None:
    assert sound(one) != sound(other)


def test_a_single_syllable_is_no_sound_to_look_up() -> None:
    assert sound("陳") is None


@pytest.mark.parametrize(
    "name", ["不詳", "陳○○", "陳OO", "王小姐", "某女", "案母", "陳姓女嬰", "林小美之子", "N/A", "", None]
)
def test_what_names_nobody_is_no_name(name: str | None) -> None:
    assert stated_name(name) == ""


@pytest.mark.parametrize("name", ["陳怡君", "無尾熊", "阮氏蘭", "瓦歷斯·諾幹", "Siti Nurhaliza", "安明"])
def test_a_name_is_a_name(name: str) -> None:
    assert stated_name(name)


def test_a_number_that_is_none_is_no_phone() -> None:
    assert stated_phones(["不詳", "0000000000", "119", "+886 912-345-678", "0912345678"]) == ("0912345678",)


@pytest.mark.parametrize(
    "written",
    [
        ("建國路1段1號", "民雄鄉", None),
        ("嘉義縣民雄鄉東榮村５鄰建國路一段１號", None, None),
        ("民雄鄉建國路 一段 1 號", "民雄鄉", "東榮村"),
    ],
)
def test_one_house_written_in_many_ways_is_one_house(written: tuple[str, str | None, str | None]) -> None:
    assert plain_address(*written) == plain_address("建國路一段 1 號", "民雄鄉", "東榮村")


def test_a_house_without_a_road_is_known_by_its_village() -> None:
    assert plain_address("中樂村5鄰十二號", "民雄鄉") == plain_address("12號", "民雄鄉", "中樂村")
    assert plain_address("12號", "民雄鄉", "中樂村") != plain_address("12號", "民雄鄉", "東榮村")


@pytest.mark.parametrize(
    ("address", "township"), [("不詳", "民雄鄉"), ("建國路", "民雄鄉"), ("5 號", "民雄鄉"), ("建國路1號", None)]
)
def test_less_than_a_house_is_no_address(address: str, township: str | None) -> None:
    assert plain_address(address, township) is None


@pytest.mark.parametrize("slip", [date(1979, 3, 12), date(2001, 3, 12), date(1990, 12, 3), date(3901, 3, 12)])
def test_a_slip_of_a_birthday_is_looked_up_under_the_same_key(slip: date) -> None:
    assert birthday(slip) == birthday(date(1990, 3, 12)) != birthday(date(1990, 3, 13))


# ---------------------------------------------------------------- comparing two people


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"national_id": "Q222222221"}, "id_slip"),
        ({"name": "陳宜君"}, "homophone"),
        ({"name": "陈怡君"}, "variant_glyph"),
        ({"name": "怡君陳"}, "swapped_order"),
        ({"birth_date": date(1979, 3, 12)}, "birthday_slip"),
        ({"birth_date": date(1990, 12, 3)}, "birthday_slip"),
        ({"birth_date": date(1990, 3, 13)}, "near_birth_date"),
        ({"phones": ("+886912345678", "0987654321")}, "same_phone"),
        ({"residence": Place(township="民雄鄉", address="建国路１段１號")}, "same_household"),
    ],
)
def test_one_person_written_otherwise_is_still_that_person_and_the_reason_is_told(
    change: dict[str, Any], reason: str
) -> None:
    match = compare(MEI, but(**change))
    assert match.is_person
    assert reason in match.reasons


def test_comparing_makes_no_difference_between_one_and_the_other() -> None:
    for one in labelled(40):
        for other in labelled(40, seed=2):
            people = one.incoming.report.people[0], other.incoming.report.people[0]
            assert compare(*people) == compare(*reversed(people))


def test_what_one_of_them_lacks_speaks_neither_for_nor_against() -> None:
    assert compare(MEI, only(name="陳怡君")).reasons == ("same_name",)
    nobody = only(name="不詳", phones=("0",), national_id="不詳", residence=Place(address="不詳"))
    assert compare(MEI, nobody) == compare(nobody, nobody) == Match(0, ())


@pytest.mark.parametrize(
    "other",
    [
        only(name="陳怡君", birth_date=date(1990, 7, 1)),
        only(name="陳怡君", birth_date=date(1990, 3, 12), national_id="A128394702"),
        only(name="陳怡君", birth_date=date(1962, 5, 8), residence=AWAY),
        only(name="陳怡君", residence=AWAY, phones=("0987654321",)),
    ],
)
def test_a_common_name_proves_nobody(other: Person) -> None:
    match = compare(MEI, other)
    assert not match.is_person
    assert match.score < POSSIBLE


def test_twins_are_of_one_household_and_not_one_person() -> None:
    twins = [
        only(name=name, birth_date=date(2015, 1, 2), phones=("0912345678",), residence=HOME)
        for name in ("陳品妍", "陳品睿")
    ]
    match = compare(*twins)
    assert match.score >= LIKELY
    assert (match.is_person, match.is_household) == (False, True)


def test_next_door_is_another_household() -> None:
    door = but(HOME, address="建國路一段 3 號")
    assert "address_differs" in compare(MEI, but(residence=door)).reasons


def test_every_reason_has_a_weight_and_words() -> None:
    assert WEIGHTS.keys() == WORDS.keys()


# ---------------------------------------------------------------- reports


def incoming(*people: Person, id: str = "second", at: datetime = AT, agency: str = "police") -> Incoming:
    occurrence = Occurrence(occurred_at=at, place=Place(township="民雄鄉"), kinds=("physical_violence",))
    report = Report(case_type=CaseType.ADULT_PROTECTION, county="chiayi-county", event=occurrence, people=people)
    return Incoming(id, 1, "chiayi-county", agency, SourceUnit.POLICE, at, report)


def known(report: Incoming, outcome: str | None = "protection") -> Known:
    facts = facts_of(report)
    return Known(
        report.report_id, report.received_at, report.report.event.occurred_at, facts.case_type, "police",
        report.agency_id, tuple(facts.kinds), facts.township, keys_of(report.report, index), outcome,
    )  # fmt: skip


def suggested(mine: Incoming, *earlier: Incoming) -> tuple[Candidate, ...]:
    family = list(of_family(mine.report.people))
    alike = [(known(one), likeness(family, one.report.people)) for one in earlier]
    return candidates(mine, facts_of(mine), alike, Window())


def found_by_keys(one: Person, other: Person) -> bool:
    keys = [keys_of(incoming(person).report, index).blocking for person in (one, other)]
    return not keys[0].isdisjoint(keys[1])


NAMED = only(name="陳怡君", birth_date=date(1990, 3, 12))


@pytest.mark.parametrize(
    "other",
    [
        only(name="陳宜均", birth_date=date(1990, 3, 12)),
        only(name="怡君陳", birth_date=date(1990, 3, 12)),
        only(name="陈怡君", birth_date=date(1979, 3, 12)),
        only(name="陳怡君", birth_date=date(1990, 12, 3)),
    ],
)
def test_a_person_written_otherwise_is_found_by_a_blind_key_and_suggested_and_never_decided(other: Person) -> None:
    first, second = incoming(NAMED, id="first"), incoming(other, agency="hospital")
    assert found_by_keys(NAMED, other)
    (candidate,) = suggested(second, first)
    assert candidate.suggests == "same_event"
    relation = relate(second, facts_of(second), keys_of(second.report, index), [known(first)])
    assert (relation.kind, relation.of) == ("not_same", None)
    assert "sb" in relation.reasons
    assert REASONS["sb"]


def test_a_later_event_is_suggested_as_one_and_a_member_as_family() -> None:
    first = incoming(MEI, id="first")
    later = incoming(only(name="陳宜均", birth_date=date(1990, 3, 12)), at=AT + timedelta(days=3))
    child = only(name="陳小寶", birth_date=date(2018, 5, 1), residence=HOME)
    assert [one.suggests for one in suggested(later, first)] == ["same_person_new_event"]
    assert [one.suggests for one in suggested(incoming(child), first)] == ["same_family"]


def test_the_likeliest_suggestion_comes_first_and_strangers_are_none() -> None:
    homophone, stranger = incoming(but(name="陳宜君"), id="a"), incoming(only(name="林大同", residence=AWAY), id="b")
    same, erased = incoming(MEI, id="c"), incoming(Person(role=Role.SUBJECT), id="d")
    assert [one.report_id for one in suggested(incoming(MEI), stranger, homophone, same, erased)] == ["c", "a"]


def test_one_house_is_one_key_and_the_key_says_nothing() -> None:
    other = only(name="王大明", residence=Place(address="嘉義縣民雄鄉建國路1段1號"))
    keys = keys_of(incoming(other).report, index).blocking
    assert found_by_keys(MEI, other)
    assert not any(value in key for key in keys for value in ("建", "王", "wang"))


def test_a_person_is_looked_up_under_thirteen_keys_at_most() -> None:
    phones = tuple(f"09123456{number:02}" for number in range(10))
    assert PHONES == 3
    assert len(keys_of(incoming(but(phones=phones)).report, index).blocking) == 13


# ---------------------------------------------------------------- a weak match decides nothing


def relation_of(mine: Person, *earlier: Person, days: int = 30) -> tuple[str, tuple[str, ...], bool]:
    second = incoming(mine, at=AT + timedelta(days=days))
    those = [known(incoming(person, id=f"r{number}")) for number, person in enumerate(earlier)]
    found = relate(second, facts_of(second), keys_of(second.report, index), those)
    return found.kind, found.reasons, found.maybe_served


def test_a_birth_date_shared_with_a_namesake_elsewhere_is_no_proof_and_a_person_looks() -> None:
    namesake = only(name="陳怡君", birth_date=date(1990, 3, 12), phones=("0987654321",), residence=AWAY)
    assert relation_of(namesake, MEI) == ("not_same", ("nb", "pn_differs", "ad_differs"), True)
    assert relation_of(but(namesake, residence=HOME), MEI)[0] == "same_person_new_event"
    assert relation_of(but(namesake, phones=MEI.phones), MEI)[0] == "same_person_new_event"


def test_a_name_and_birth_date_alone_prove_someone_until_a_namesake_is_known() -> None:
    another = only(name="陳怡君", birth_date=date(1990, 8, 8))
    assert relation_of(NAMED, MEI)[0] == "same_person_new_event"
    assert relation_of(NAMED, MEI, another) == ("not_same", ("nb", "namesakes"), True)
    assert relation_of(but(NAMED, residence=HOME), MEI, another)[0] == "same_person_new_event"


def test_the_event_itself_speaks_for_the_person() -> None:
    namesake = only(name="陳怡君", birth_date=date(1990, 3, 12), phones=("0987654321",), residence=AWAY)
    assert relation_of(namesake, MEI, days=0)[0] == "same_event"


def test_a_phone_and_name_with_another_birth_date_are_no_proof() -> None:
    other = only(name="陳怡君", phones=MEI.phones, birth_date=date(1984, 6, 2))
    assert relation_of(other, MEI) == ("not_same", ("pn", "nb_differs"), True)
    assert relation_of(but(other, birth_date=date(1979, 3, 12)), MEI)[0] == "same_person_new_event"


def test_a_number_or_a_name_that_is_none_identifies_nobody() -> None:
    assert not keys_of(
        incoming(only(name="不詳", birth_date=date(1990, 1, 1), phones=("不詳",))).report, index
    ).blocking


# ---------------------------------------------------------------- the labelled set


def test_on_the_labelled_set_no_report_is_merged_wrongly_and_most_people_are_found_again() -> None:
    found = measure(labelled(1_200))
    assert found.duplicate.precision == 1.0
    assert found.duplicate.recall > 0.65
    assert found.person.precision > 0.99
    assert found.family.precision > 0.97
    assert found.suggested.precision > 0.97
    assert found.suggested.recall > 0.94
    assert max(found.listed) < 20
    assert sum(found.keys) / len(found.keys) < 12


def test_among_a_flood_of_placeholders_siblings_and_shared_numbers_no_report_is_merged_wrongly() -> None:
    found = measure(flooded(labelled(600), 400))
    assert found.duplicate.precision == found.person.precision == 1.0
    assert found.duplicate.recall > 0.65
    assert found.family.precision > 0.97
    assert max(found.listed) < 60
