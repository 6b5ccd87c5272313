"""Under which keys people are known, and that the keys say nothing about them."""

import hashlib
from datetime import date

import pytest
from contracts.people import Person, Place, Role
from contracts.reports import CaseType, Report
from rules.names import plain_name, plain_phone
from rules.national_id import is_national_id
from rules.people import Keys, keys_of

SUBJECT = Person(
    role=Role.SUBJECT,
    name="林小美",
    national_id="Q222222220",
    birth_date=date(1990, 3, 12),
    phones=("0912345678",),
    residence=Place(county="chiayi-county", township="民雄鄉", address="建國路一段 1 號"),
)


def index(kind: str, *values: str) -> str:
    return hashlib.sha256("\x1f".join((kind, *values)).encode()).hexdigest()[:16]


def report(*people: Person) -> Report:
    return Report(case_type=CaseType.ADULT_PROTECTION, county="chiayi-county", people=people)


def kinds(keys: frozenset[str]) -> list[str]:
    return sorted(key.split(":")[0] for key in keys)


def test_a_subject_is_known_by_id_by_name_and_birth_date_and_by_phone_and_name() -> None:
    keys = keys_of(report(SUBJECT), index)
    assert kinds(keys.subject) == ["id", "nb", "pn"]
    assert keys.family == keys.subject
    assert kinds(keys.blocking) == ["ad", "id", "na", "nb", "ny", "ph", "pn", "sb"]


def test_no_key_shows_a_personal_value() -> None:
    told = " ".join(keys_of(report(SUBJECT), index).blocking)
    assert not any(value in told for value in ("林小美", "Q222222220", "1990", "0912345678", "建國路"))


@pytest.mark.parametrize(
    "change",
    [
        {"name": "林 小 美"},
        {"name": "林小美　"},
        {"national_id": " q222222220 "},
        {"phones": ("+886-912-345-678",)},
        {"phones": ("(0912)345678",)},
    ],
)
def test_the_same_person_written_otherwise_has_the_same_keys(change: dict[str, object]) -> None:
    assert keys_of(report(SUBJECT.model_copy(update=change)), index) == keys_of(report(SUBJECT), index)


def test_variant_glyphs_of_a_name_are_one_name() -> None:
    assert plain_name("台峯") == plain_name("臺峰")


def test_a_name_without_anything_else_identifies_nobody() -> None:
    assert keys_of(report(Person(role=Role.SUBJECT, name="陳怡君")), index) == Keys()


def test_an_id_with_a_wrong_check_digit_is_no_strong_key() -> None:
    wrong = Person(role=Role.SUBJECT, national_id="Q222222221")
    assert keys_of(report(wrong), index) == Keys()


def test_a_sealed_report_whose_key_was_destroyed_has_no_keys() -> None:
    assert keys_of(report(Person(role=Role.SUBJECT), Person(role=Role.HOUSEHOLD_MEMBER)), index) == Keys()


@pytest.mark.parametrize(
    ("role", "relation", "belongs"),
    [
        (Role.HOUSEHOLD_MEMBER, "child", True),
        (Role.CAREGIVER, None, True),
        (Role.ALLEGED_PERPETRATOR, "spouse", True),
        (Role.ALLEGED_PERPETRATOR, "stranger", False),
        (Role.ALLEGED_PERPETRATOR, None, False),
        (Role.WITNESS, "sibling", False),
    ],
)
def test_who_belongs_to_the_family(role: Role, relation: str | None, *, belongs: bool) -> None:
    other = Person(role=role, name="陳大明", birth_date=date(1985, 1, 1), relation_to_subject=relation)
    assert (keys_of(report(SUBJECT, other), index).family > keys_of(report(SUBJECT), index).family) is belongs


def test_a_family_member_is_registered_by_strong_keys_alone() -> None:
    member = SUBJECT.model_copy(update={"role": Role.HOUSEHOLD_MEMBER})
    assert kinds(keys_of(report(member), index).blocking) == ["id", "nb", "pn"]


def test_keys_survive_storage() -> None:
    keys = keys_of(report(SUBJECT), index)
    assert Keys.of_stored(keys.stored()) == keys


@pytest.mark.parametrize("number", ["A123456789", "Q222222220", "A800000014"])
def test_a_right_check_digit_is_accepted(number: str) -> None:
    assert is_national_id(number)


@pytest.mark.parametrize("number", ["A123456788", "a123456789", "A32345678", "A523456789", "不詳", ""])
def test_what_is_no_national_id(number: str) -> None:
    assert not is_national_id(number)


def test_an_extension_is_not_part_of_a_number() -> None:
    assert plain_phone("05-2261111#12") == plain_phone("052261111轉 12") == "052261111"
