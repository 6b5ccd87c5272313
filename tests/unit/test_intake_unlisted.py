"""What no list knows is taken out of what stays readable, and comes back where it was when it is opened."""

from datetime import date
from typing import Any

import pytest
from contracts.codes import UNKNOWN
from contracts.people import Person, Place, Role
from contracts.reports import Assessment, CaseType, Occurrence, Submission
from intake.domain.flags import flags_of
from intake.domain.unlisted import set_apart
from kit.sealed import join, split
from rules.places import is_township, is_village

TODAY = date(2026, 11, 28)
HOME = Place(county="chiayi-county", township="民雄鄉", village="東榮村")
SHE = "林小美0912345678"


def told(**changes: Any) -> Submission:
    event = Occurrence(kinds=("physical_violence", SHE), danger_signs=(SHE, "strangulation"), place=HOME)
    odd = Person(role=Role.WITNESS, relation_to_subject=SHE, conditions=(SHE,),
                 residence=Place(county=SHE, township=SHE, village=SHE))  # fmt: skip
    people = (Person(role=Role.SUBJECT, residence=HOME), odd)
    return Submission(
        case_type=CaseType.ADULT_PROTECTION, county="chiayi-county", people=people, event=event,
        needs=(SHE,), assessments=(Assessment(tool=SHE, score=3),), **changes,
    )  # fmt: skip


def test_whatever_no_list_knows_leaves_the_readable_part_and_comes_back_whole() -> None:
    submission = told()
    public, personal = split(submission)
    apart = set_apart(public, flags_of(submission, TODAY))
    assert SHE not in str(public)
    assert len(apart) == 9
    assert set(apart.values()) == {SHE}
    assert not personal
    assert public["event"]["kinds"] == ["physical_violence", UNKNOWN]
    assert public["event"]["danger_signs"] == [UNKNOWN, "strangulation"]
    assert public["event"]["place"] == HOME.model_dump(exclude_none=True)
    assert public["people"][1]["residence"] == {}
    assert Submission.model_validate(join(public, apart)) == submission


def test_what_lists_know_stays() -> None:
    submission = Submission(
        case_type=CaseType.ADULT_PROTECTION, county="chiayi-county",
        people=(Person(role=Role.SUBJECT, residence=HOME),),
        event=Occurrence(kinds=("physical_violence",), place=HOME),
    )  # fmt: skip
    public, _ = split(submission)
    assert set_apart(public, flags_of(submission, TODAY)) == {}


@pytest.mark.parametrize(("name", "township", "village"), [
    ("民雄鄉", True, False), ("民 雄 鄉", True, False), ("台西鄉", True, False), ("臺西鄉", True, False),
    ("東榮村", False, True), ("豐收村", False, True), ("雙福村", False, True), ("中正里", False, True),
    ("林小美", False, False), ("0912345678", False, False),
    ("民雄鄉林小美", False, False), ("", False, False), ("東榮村 林小美", False, False),
])  # fmt: skip
def test_a_place_is_one_that_the_country_has(name: str, township: bool, village: bool) -> None:
    assert (is_township(name), is_village(name)) == (township, village)
