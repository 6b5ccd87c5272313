"""Under which keys people are known, and that the keys say nothing about them."""

import hashlib
import inspect
from datetime import date

import pytest
from contracts.people import Person, Place, Role
from contracts.reports import CaseType, Report
from rules import names
from rules import people as reading
from rules.names import plain_name, plain_phone, sound
from rules.national_id import is_national_id
from rules.people import Keys, identities, key_of, keys_of, known_in, named_in

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
    assert kinds(keys.blocking) == ["ad", "id", "na", "nb", "ny", "ph", "pn", "sb", "sg"]


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


CHILD = Person(role=Role.HOUSEHOLD_MEMBER, name="陳小寶", birth_date=date(2020, 6, 1), relation_to_subject="child")


def test_everybody_whom_a_report_names_is_told_by_role_relation_and_birth_year_alone() -> None:
    told = named_in(report(SUBJECT, CHILD, Person(role=Role.ALLEGED_PERPETRATOR, name="陳大明")), "r1", index)
    assert [(each.key[:2], each.role, each.relation, each.birth_year) for each in told] == [
        ("id", "subject", None, 1990),
        ("nb", "household_member", "child", 2020),
        ("at", "alleged_perpetrator", None, None),
    ]  # fmt: skip
    assert not any(value in str(told) for value in ("林小美", "陳", "Q222222220", "-06-01"))


@pytest.mark.parametrize(
    ("then", "same"),
    [
        ({"name": "林大美", "birth_date": None}, True),
        ({"national_id": "A128394702"}, False),
        ({"national_id": "Q222222221"}, False),
    ],
)
def test_who_has_a_national_id_is_one_person_by_it(then: dict[str, object], *, same: bool) -> None:
    [first] = named_in(report(SUBJECT), "r1", index)
    [second] = named_in(report(SUBJECT.model_copy(update=then)), "r2", index)
    assert (first.key == second.key) is same


def test_who_has_none_is_one_person_by_name_and_birth_date() -> None:
    [child] = named_in(report(CHILD), "r1", index)
    [again] = named_in(report(CHILD.model_copy(update={"name": "陳 小寶", "phones": ("0912345678",)})), "r2", index)
    [twin] = named_in(report(CHILD.model_copy(update={"name": "陳小貝"})), "r2", index)
    assert child.key == again.key != twin.key


def test_who_cannot_be_told_from_others_is_nobody_elsewhere() -> None:
    someone = Person(role=Role.HOUSEHOLD_MEMBER, name="陳怡君")
    one, two = (named_in(report(SUBJECT, someone, someone), id, index) for id in ("r1", "r2"))
    assert len({each.key for each in (*one, *two)}) == 5
    assert one == named_in(report(SUBJECT, someone, someone), "r1", index)


def test_who_stands_twice_in_a_report_is_told_once() -> None:
    again = SUBJECT.model_copy(update={"role": Role.CAREGIVER})
    assert [each.role for each in named_in(report(SUBJECT, again), "r1", index)] == ["subject"]


def test_a_person_has_the_key_by_which_the_family_is_known() -> None:
    assert {each.key for each in named_in(report(SUBJECT, CHILD), "r1", index)} <= keys_of(
        report(SUBJECT, CHILD), index
    ).family


def test_keys_survive_storage() -> None:
    keys = keys_of(report(SUBJECT), index)
    assert Keys.of_stored(keys.stored()) == keys


@pytest.mark.parametrize("number", ["A128394702", "Q222222220", "A800000014"])
def test_a_right_check_digit_is_accepted(number: str) -> None:
    assert is_national_id(number)


@pytest.mark.parametrize("number", ["A123456788", "A123456789", "a128394702", "A32345678", "A523456789", "不詳", ""])
def test_what_is_no_national_id(number: str) -> None:
    assert not is_national_id(number)


def test_an_extension_is_not_part_of_a_number() -> None:
    assert plain_phone("05-2261111#12") == plain_phone("052261111轉 12") == "052261111"
    assert plain_phone("05-2261111分機12") == plain_phone("00886-5-2261111 內線12") == "052261111"
    assert plain_phone("912345678") == plain_phone("+886-0912345678") == "0912345678"
    assert plain_phone("002-886-912345678") == "0912345678"


def test_somebody_is_looked_up_under_every_key_that_is_theirs_alone() -> None:
    found = identities(SUBJECT, index)
    assert [key.split(":")[0] for key in found] == ["id", "nb"]
    assert key_of(SUBJECT, "r", 0, index) == found[0]
    assert identities(SUBJECT.model_copy(update={"name": "林小美之女"}), index) == ()


def test_no_word_of_a_name_in_latin_letters_is_remembered() -> None:
    """A cache without bound had kept every name that was ever reported, also after its erasure."""
    sound("陳怡君")
    before = names._read.cache_info()
    assert sound("Sari Ayu Putri") and sound("Nguyen Thi Hoa")
    after = names._read.cache_info()
    assert (after.currsize, after.maxsize) == (before.currsize, names.GLYPHS)
    cached = [each for each in vars(names).values() if hasattr(each, "cache_parameters")]
    unbounded = [
        each for each in cached if each.cache_parameters()["maxsize"] is None and each.__module__ == "rules.names"
    ]
    assert not [each for each in unbounded if inspect.signature(each).parameters], "a cache without bound takes no text"


def test_for_keys_and_for_who_is_named_each_person_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    told = report(SUBJECT, CHILD, Person(role=Role.CAREGIVER, name="陳大明", national_id="A123456789"))
    apart = keys_of(told, index), named_in(told, "r1", index)
    read: list[str] = []

    def noting(name: str | None) -> names.Name:
        read.append(name or "")
        return names.read_name(name)

    monkeypatch.setattr(reading, "read_name", noting)
    assert known_in(told, "r1", index) == apart
    assert read == [each.name for each in told.people]
