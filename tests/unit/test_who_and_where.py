"""Names, numbers, addresses and places as people write them: one person is one, and nobody is nobody."""

from datetime import UTC, date, datetime
from itertools import combinations, pairwise
from typing import Any

import pytest
from contracts.people import Person, Place, Role
from contracts.reports import CaseType, Occurrence, Report, SourceUnit
from dispatch.domain.people.duplicates import REASONS, Known, Relation, Window, relate
from dispatch.domain.people.matching import compare
from dispatch.domain.people.ties import ties
from dispatch.domain.report.incoming import Incoming
from dispatch.domain.triage.facts import facts_of
from dispatch.policy import policies
from intake.domain.areas import name_areas
from intake.domain.flags import flags_of
from rules.addresses import plain_address
from rules.glyphs import is_lost
from rules.names import sounds, spellings, stated_name, written_before
from rules.national_id import check_digit_holds, is_national_id, is_old_residence, is_sample
from rules.nobody import is_a_child, is_nobody
from rules.people import Keys, key_of, keys_of
from rules.places import is_township, is_village, township_of, village_of

from tests.load.identity import index

AT = datetime(2026, 11, 20, 13, 5, tzinfo=UTC)
HERE = Place(county="chiayi-county", township="民雄鄉")
BORN = date(2026, 11, 18)
MEI, HUA, OTHER = "A128394702", "B120561837", "Q222222220"


def subject(**fields: Any) -> Person:
    return Person.model_validate({"role": Role.SUBJECT} | fields)


def mother(number: str, **fields: Any) -> Person:
    return Person.model_validate({"role": Role.CAREGIVER, "national_id": number} | fields)


def told(*people: Person, place: Place = HERE, id: str = "second", **changes: Any) -> Incoming:
    event = Occurrence(occurred_at=AT, place=place, kinds=("neglect",))
    form = Report(case_type=CaseType.CHILD_PROTECTION, county="chiayi-county", event=event, people=people)
    return Incoming(id, 1, "chiayi-county", id, SourceUnit.MEDICAL, AT, form.model_copy(update=changes))


def known(report: Incoming, keys: Keys | None = None) -> Known:
    facts = facts_of(report)
    return Known(
        report.report_id, AT, AT, facts.case_type, "medical", report.agency_id, tuple(facts.kinds), facts.township,
        keys or keys_of(report.report, index), "protection",
    )  # fmt: skip


def between(one: tuple[Person, ...] | Person, other: tuple[Person, ...] | Person) -> Relation:
    """What the second of two reports of one evening, place and kind is to the first."""
    first, second = (told(*(each if isinstance(each, tuple) else (each,)), id=id)
                     for each, id in ((one, "first"), (other, "second")))  # fmt: skip
    return relate(second, facts_of(second), keys_of(second.report, index), [known(first)])


def shared(one: Person, other: Person) -> set[str]:
    """Kinds of key under which both are looked up."""
    keys = [keys_of(told(each).report, index).blocking for each in (one, other)]
    return {key.split(":")[0] for key in keys[0] & keys[1]}


# --- names that name nobody (row 3) --------------------------------------------------------------------------------

NOBODY = [
    "新生兒", "新生儿", "新生男嬰", "王○○之子", "某女之男嬰", "林小美之女", "林 小 美 之 女", "林小美的小孩",
    "林小美長女",
    "陳姓女嬰", "陳小美之男嬰（未命名）", "棄嬰", "林寶寶", "Baby陳", "陳BB", "Baby Boy of Nguyen Thi Lan",
    "Baby Girl Lin",
    "B/O Lin Mei", "Newborn", "NB of Tran", "Bayi Ny. Sari", "Con của Nguyễn Thị Lan", "Twin A of Siti",
    "甲男", "乙童", "甲生", "A女", "Ａ女", "少年A", "學生甲", "個案三", "甲", "A", "代號 AB-123", "AB-123",
    "AV000-A112001",
    "化名", "小明(化名)", "陳小美（化名）", "小美", "阿美", "王同學", "陳童", "陳男", "黃嫌", "陳媽媽",
    "歐陽先生", "被害人A",
    "不詳", "未知", "無名氏", "路人", "路人甲", "無名女屍", "不明男子", "姓名不詳", "某某", "某甲", "越南籍看護",
    "流浪漢", "同上",
    "尚未命名", "未取名", "待查", "unknown", "Unknown Male", "N/A", "n. a.", "None", "not known", "Jane Doe", "Mr. X",
    "Student A", "patient 3", "XXX", "X", "○○○", "ＯＯＯ", "陳○○", "陳OO", "王X明", "？？？", "□□□", "－", "…",
    "王小明", "王大明", "張三", "測試", "案主", "案母", "案長子", "案外祖母", "案主之弟",
    "案姊", "案前夫", "案母同居人", "案弟媳", "案主母親", "同居人", "前夫", "男友", "姑丈", "姊姊", "兄", "母子",
    "林家三姊妹",
    "姊弟二人", "林小美一家", "林小美及其子", "林某", "林某某", "林某明", "甲某", "林員", "林嬤", "李主任", "陳警員",
    "老王",
    "國中生", "小男生", "菲傭", "陸配", "1號", "第一位", "兩名男子", "林小美之雙胞胎老大", "雙胞胎妹", "陳氏雙胎之一",
    "棄嬰一名", "受虐童", "姓名年籍不詳", "身分不明者", "從缺", "容後補", "詳筆錄", "如病歷", "無資料", "忘記了",
    "本人", "同甲",
    "保密對象", "綽號阿狗", "LINE暱稱小魚", "自稱陳先生", "小美（非本名）", "李", "李△△", "李--", "李△明", "王×明",
    "王ㄨ明",
    "陳00", "王0明", "林B", "氏名不詳", "AAA", "abc", "Lin Baby Boy", "B/B Lin", "BBG Lin", "Siti's son",
    "Con gái của Lan",
    "Em bé", "Trẻ sơ sinh", "Chưa đặt tên", "Belum ada nama", "ไม่ทราบชื่อ", "Not applicable", "Refused",
    "Don't know",
    "To be confirmed", "Pending", "Nameless", "Mom", "Husband", "Neighbour", "Indonesian caregiver", "the mother",
]  # fmt: skip
SOMEBODY = [
    "陳怡君", "陳小寶", "林小美", "林美子", "陳水生", "李生財", "陳秀女", "陳俊男", "陳志民", "丁一生", "王之渙",
    "陳之凡", "楊新生",
    "張簡秀女", "范姜文童", "歐陽娜娜", "小林健", "韋小寶", "林妹", "陳君", "林小1", "呂方媛", "谷辣斯·尤達卡",
    "游錫堃",
    "Siti Nurhaliza", "Baby Jane Santos", "Boy Abunda", "Le Na", "O'Brien", "Đặng Thị Hoa", "Kolas Yotaka",
    "林小美(案母)", "陳查某", "陳榮民", "查無忌", "Do Thi Lan", "Đỗ Thị Lan", "So Kim Hoa", "Co Van Minh", "Bo Xu",
    "Anak Agung Putri", "Tô Bé Hoa", "Nguyễn Văn Bé", "Lê Văn Y", "Y Moan Enuol", "Boy Santos Cruz",
    "林小美(綽號阿美)",
]  # fmt: skip


@pytest.mark.parametrize("name", NOBODY)
def test_what_stands_for_a_name_makes_no_key_and_no_duplicate(name: str) -> None:
    assert is_nobody(name) and stated_name(name) == ""
    newborn = subject(name=name, birth_date=BORN, phones=["0912345678"])
    assert {key[:2] for key in keys_of(told(newborn).report, index).blocking} <= {"ph", "sg"}
    assert between(newborn, newborn).kind == "not_same"
    assert between((newborn, mother(MEI)), (newborn, mother(HUA))).kind == "not_same"


@pytest.mark.parametrize("name", SOMEBODY)
def test_a_name_that_only_looks_like_one_is_a_name(name: str) -> None:
    assert not is_nobody(name)
    assert between(subject(name=name, birth_date=BORN), subject(name=name, birth_date=BORN)).kind == "same_event"


@pytest.mark.parametrize(
    "name", ["新生兒", "林小美之女", "女嬰", "Baby Boy of Nguyen Thi Lan", "林寶寶", "Bayi Ny. Sari"]
)
def test_a_number_beside_a_newborn_is_its_mothers_and_only_suggests(name: str) -> None:
    assert is_a_child(name)
    one = subject(name=name, national_id=MEI, birth_date=BORN)
    found = between(one, one)
    assert (found.kind, found.of) == ("not_same", None)
    assert "id" in found.reasons
    assert compare(one, one).is_household and not compare(one, one).is_person


def test_two_of_one_name_and_birth_date_with_two_mothers_are_two() -> None:
    child = subject(name="陳小寶", birth_date=BORN)
    assert between((child, mother(MEI)), (child, mother(MEI))).kind == "same_event"
    assert between(child, (child, mother(HUA))).kind == "same_event"
    two = between((child, mother("A229073419")), (child, mother(OTHER)))
    assert (two.kind, two.reasons) == ("not_same", ("nb", "carer_differs"))


def test_a_mother_and_a_father_are_no_two_families() -> None:
    child = subject(name="陳小寶", birth_date=BORN)
    assert between((child, mother(OTHER)), (child, mother(MEI))).kind == "same_event"


@pytest.mark.parametrize("phone", ["05-2263411", "052721234#21", "(02)2311-1531", "0800-000-123", "+886 5 2263411"])
def test_a_line_of_a_school_or_an_institution_carries_no_duplicate(phone: str) -> None:
    one = subject(name="陳怡君", phones=[phone])
    assert between(one, one).kind == "not_same"
    assert between(one, one).reasons
    assert between(subject(name="陳怡君", phones=["0912345678"]), subject(name="陳怡君", phones=["0912345678"])).of


def test_a_name_and_a_telephone_do_not_outweigh_another_birth_date() -> None:
    one, other = (
        subject(name="陳怡君", phones=["0912345678"], birth_date=born) for born in ("2012-03-04", "2015-08-21")
    )
    assert between(one, other).reasons == ("pn", "nb_differs")


# --- numbers (rows 4, 11, 12) --------------------------------------------------------------------------------------

ELDER = subject(name="林子晴", national_id=MEI, birth_date=date(2015, 3, 12))


@pytest.mark.parametrize("other", [
    subject(name="林品睿", national_id=MEI, birth_date=date(2018, 7, 1)),
    subject(name="林品睿", national_id=MEI),
    subject(name="林品睿", national_id=MEI, birth_date=date(2015, 3, 12)),
    subject(name="林小美", national_id=MEI, birth_date=date(1985, 1, 2)),
    subject(national_id=MEI, birth_date=date(1985, 1, 2)),
])  # fmt: skip
def test_a_number_outweighs_no_other_name_and_birth_date(other: Person) -> None:
    found = between(ELDER, other)
    assert (found.kind, found.of, found.reasons[0]) == ("not_same", None, "id")
    second = told(other)
    keys = keys_of(second.report, index)
    assert not any(key.startswith("id:") for key in
                   ties(second, facts_of(second), keys, [known(told(ELDER, id="first"))], Window()).family)  # fmt: skip


@pytest.mark.parametrize("other", [
    subject(name="林子晴", national_id=MEI, birth_date=date(2018, 7, 1)),
    subject(name="林芷晴", national_id=MEI, birth_date=date(2015, 3, 13)),
    subject(national_id=MEI),
    subject(name="不詳", national_id=MEI),
    subject(name="Lin Tzu Ching", national_id=MEI, birth_date=date(2015, 3, 12)),
])  # fmt: skip
def test_one_field_that_is_written_wrong_or_is_missing_leaves_the_number_its_weight(other: Person) -> None:
    assert between(ELDER, other).kind == "same_event"


def test_siblings_with_their_mothers_number_are_of_one_family_where_she_is_known() -> None:
    sibling = subject(name="林品睿", national_id=MEI, birth_date=date(2018, 7, 1))
    hers = mother(MEI, name="林小美", birth_date=date(1985, 1, 2))
    assert between((ELDER, hers), (sibling, hers)).kind == "same_family"


def test_a_report_of_an_earlier_release_is_compared_by_what_it_has() -> None:
    first, second = told(ELDER, id="first"), told(ELDER)
    old = Keys.of_stored({name: value for name, value in keys_of(first.report, index).stored().items()
                          if name not in ("told", "people")})  # fmt: skip
    assert relate(second, facts_of(second), keys_of(second.report, index), [known(first, old)]).kind == "same_event"


@pytest.mark.parametrize("number", [
    "A123456789", "B123456780", "A223456781", "Ａ１２３４５６７８９", "a-123-456-789", "A100000001",
    "A121212127", "A123123123", "A112233449", "A123412349",
])  # fmt: skip
def test_the_number_that_forms_print_is_flagged_and_is_nobodys(number: str) -> None:
    one = subject(name="陳怡君", national_id=number)
    folded = one.national_id or ""
    assert check_digit_holds(folded) and is_sample(folded) and not is_national_id(folded)
    assert [flag.reason for flag in flags_of(told(one).report, AT.date())] == ["national_id_sample"]
    assert between(one, subject(name="林志明", national_id=number)) == Relation()


@pytest.mark.parametrize("number", [MEI, HUA, OTHER, "A800000014", "A229073419"])
def test_a_number_of_somebody_is_no_sample(number: str) -> None:
    assert is_national_id(number) and not is_sample(number)


OLD = ["AB12345677", "AC01234567", "ＡＢ１２３４５６７７", "ab-1234-5677"]


@pytest.mark.parametrize("number", OLD)
def test_an_old_residence_number_is_a_key(number: str) -> None:
    one = subject(national_id=number)
    assert is_old_residence(one.national_id or "")
    assert between(one, one).kind == "same_event"
    assert key_of(one, "r", 0, index).startswith("ro:")


def test_an_old_and_a_new_number_do_not_speak_against_one_another_and_two_of_a_kind_do() -> None:
    old, new = (
        subject(name="阮氏蘭", birth_date="1990-03-12", national_id=each) for each in ("AB12345677", "A800000014")
    )
    assert between(old, new).kind == "same_event"
    assert "id_differs" not in compare(old, new).reasons
    another = old.model_copy(update={"national_id": "AC01234567"})
    assert between(old, another).reasons == ("nb", "id_differs")
    assert "id_differs" in compare(old, another).reasons


@pytest.mark.parametrize(
    "written", ["B1234567", "b 123-4567", "Ｂ１２３４５６７", "AA1234567", "P1234567A", "310012345"]
)
def test_a_passport_suggests_and_decides_nothing(written: str) -> None:
    one, other = subject(name="Lan", national_id=written), subject(national_id=written)
    assert shared(one, other) == {"pp"}
    assert between(one, other).reasons == ("pp",)
    assert between(one, other).kind == "not_same"
    assert compare(one, other).is_person


@pytest.mark.parametrize("written", ["不詳", "N/A", "A123456788", "護照", "0000000"])
def test_what_is_no_number_suggests_nothing(written: str) -> None:
    assert shared(subject(national_id=written), subject(national_id=written)) == set()


# --- names (rows 16, 17, 18) ---------------------------------------------------------------------------------------

KOLAS = [
    "谷辣斯·尤達卡", "谷辣斯•尤達卡", "谷辣斯・尤達卡", "谷辣斯‧尤達卡", "谷辣斯∙尤達卡", "谷辣斯･尤達卡",
    "谷辣斯.尤達卡",
    "谷辣斯．尤達卡", "谷辣斯⋅尤達卡", "谷辣斯﹒尤達卡", "谷辣斯 尤達卡", "谷辣斯　尤達卡", "谷辣斯尤達卡",
    "谷辣斯\u200b·尤達卡", "\u202a谷辣斯·尤達卡\u202c", "谷辣斯·\u2060尤達卡\ufeff", "谷辣斯-尤達卡", "谷辣斯·尤达卡",
    "谷辣斯·尤達卡 Kolas Yotaka", "Kolas Yotaka 谷辣斯·尤達卡", "谷辣斯·尤達卡（Kolas Yotaka）",
    "谷辣斯·尤達卡/KOLAS YOTAKA",
]  # fmt: skip


@pytest.mark.parametrize("name", KOLAS)
def test_an_indigenous_name_is_one_name_with_any_dot_and_with_its_latin_form_beside_it(name: str) -> None:
    one, other = (subject(name=each, birth_date="1974-12-12") for each in ("谷辣斯·尤達卡", name))
    assert {"sb"} <= shared(one, other)
    assert set(sounds("谷辣斯·尤達卡")) & set(sounds(name))
    assert compare(one, other).is_person
    if "达" not in name:
        assert between(one, other).kind == "same_event"


def test_a_latin_form_alone_is_the_one_that_stood_beside_the_glyphs() -> None:
    both, latin = (
        subject(name=each, birth_date="1974-12-12") for each in ("谷辣斯·尤達卡 Kolas Yotaka", "KOLAS YOTAKA")
    )
    assert between(both, latin).kind == "same_event"
    glyphs = subject(name="谷辣斯·尤達卡", birth_date="1974-12-12")
    assert "name_differs" not in compare(glyphs, latin).reasons


SOUNDS = [
    ("Đặng Thị Hoa", "DANG THI HOA", "Dang Thi Hoa", "Đặng-Thị-Hoa", "Hoa Đặng Thị", "ĐẶNG THỊ HOA"),
    ("Nguyễn Thị Lan", "NGUYEN THI LAN", "Lan Nguyen Thi", "nguyễn  thị  lan", "NguyenThiLan"),
    ("Siti Nur’aini", "SITI NURAINI", "Siti Nur'aini", "Nuraini, Siti", "Siti Nurʼaini"),
    ("Øystein Łukasz", "Oystein Lukasz", "OYSTEIN LUKASZ"), ("ﬁlip Æsir", "Filip Aesir", "FILIP ÆSIR"),
    ("Sao-mai O’Brien", "Sao Mai OBrien", "SAO MAI O'BRIEN"), ("Nʉma Sa:o", "Numa Sao"),
    ("Ｌｅ Ｔｈｉ Ｈｏａ", "Lê Thị Hoa", "LE THI HOA"), ("Somchai Śrī", "SOMCHAI SRI"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), [pair for each in SOUNDS for pair in pairwise(each)])
def test_a_latin_name_is_one_sound_in_any_case_order_accent_and_ligature(one: str, other: str) -> None:
    assert set(sounds(one)) & set(sounds(other))
    people = [subject(name=each, birth_date="1990-03-12") for each in (one, other)]
    assert "sb" in shared(*people)
    assert compare(*people).is_person


@pytest.mark.parametrize(("one", "other"), [("Đặng Thị Hoa", "Dang Thi Hao"), ("Siti Aminah", "Siti Amina Putri")])
def test_another_latin_name_is_another(one: str, other: str) -> None:
    assert not set(sounds(one)) & set(sounds(other))
    assert not set(spellings(one)) & set(spellings(other))


PARTS = [("游錫堃", "游錫方方土"), ("游錫堃", "游錫⿰方方土"), ("游錫堃", "游錫(方方土)"), ("陳喆安", "陳吉吉安"),
         ("林淼", "林水水水"), ("張犇", "張牛牛牛")]  # fmt: skip
LOST = ["游錫\ue000", "游錫\U000f1234", "游錫\ufffd", "游錫□", "游錫?", "游錫？？", "游錫＿", "游錫〓", "游□堃"]


@pytest.mark.parametrize(("one", "other"), PARTS)
def test_a_glyph_written_in_parts_is_suggested_and_never_decided(one: str, other: str) -> None:
    people = [subject(name=each, birth_date="1948-04-25") for each in (one, other)]
    assert "sg" in shared(*people)
    assert compare(*people).is_person
    assert between(*people).kind == "not_same"


@pytest.mark.parametrize("name", LOST)
def test_a_lost_glyph_is_flagged_suggests_and_does_not_drop_out_of_the_key(name: str) -> None:
    assert is_lost(name)
    people = [subject(name=each, birth_date="1948-04-25") for each in ("游錫堃", name)]
    assert [flag.at for flag in flags_of(told(people[1]).report, AT.date())] == ["/people/0/name"]
    assert compare(*people).is_person
    assert between(*people).kind == "not_same"
    assert between(people[1], people[1]).kind == "not_same"
    assert not {"nb", "sb", "ny"} & shared(subject(name="游錫", birth_date="1948-04-25"), people[1])


@pytest.mark.parametrize("name", ["游錫堃", "游錫&#22531;", "游錫&#x5803;", "游錫\U000e0100堃"])
def test_a_glyph_that_came_as_a_number_or_with_a_selector_is_that_glyph(name: str) -> None:
    assert not is_lost(name)
    assert between(subject(name="游錫堃", birth_date="1948-04-25"), subject(name=name, birth_date="1948-04-25")).of


@pytest.mark.parametrize("name", ["陳怡君", "Siti Nurhaliza", "谷辣斯·尤達卡", "Đặng Thị Hoa", "谷辣斯•尤達卡"])
def test_who_was_known_by_an_earlier_release_is_still_known(name: str) -> None:
    """Keys are stored: those of the names as they were folded before are looked up too."""
    before = f"nb:{index('nb', written_before(name), '1990-03-12')}"
    assert before in keys_of(told(subject(name=name, birth_date="1990-03-12")).report, index).subject


TWO_SIGNS = ["林男", "王女", "陳生", "林　男", "黃童", "吳母"]


@pytest.mark.parametrize("name", TWO_SIGNS)
def test_a_surname_and_one_sign_is_somebody_by_what_stands_beside_it_and_is_asked_about_otherwise(name: str) -> None:
    beside: list[dict[str, Any]] = [
        {"birth_date": "1990-03-12"}, {"national_id": "A128394702"}, {"phones": ["0912345678"]},
    ]  # fmt: skip
    for more in beside:
        assert flags_of(told(subject(name=name, **more)).report, AT.date()) == ()
    assert [flag.reason for flag in flags_of(told(subject(name=name)).report, AT.date())] == ["unclear_name"]
    real = f"{name[0]}志明"
    both = [subject(name=each, birth_date="1990-03-12", phones=["0912345678"]) for each in (name, real)]
    assert compare(*both).is_person, "suggested, for a person to look at"
    for one, other in (both, (both[0], both[0])):
        assert between(one, other).kind == "not_same", "never decided by a name that thousands may bear"
    numbered = [subject(name=each, national_id="A128394702", birth_date="1990-03-12") for each in (name, real)]
    assert between(*numbered).of, "the number is somebody's"


@pytest.mark.parametrize("name", ["甲男", "孫女", "丁男", "小女", "長女", "某男", "A女", "外婆", "林明", "案母"])
def test_what_is_a_label_or_a_whole_name_is_not_asked_about(name: str) -> None:
    assert flags_of(told(subject(name=name)).report, AT.date()) == ()


# --- addresses (row 15) --------------------------------------------------------------------------------------------

HOUSES = [
    ["民族路12-1號", "民族路12之1號", "民族路12號之1", "民族路１２－１號", "民族路十二之一號", "民族路十二號之一",
     "民族路12號-1",
     "民族路12–1號", "民族路 12 - 1 號", "民族路壹拾貳之壹號", "嘉義縣民雄鄉民族路12-1號",
     "621嘉義縣民雄鄉東榮村5鄰民族路12之1號",
     "民雄民族路12之1號", "嘉縣民雄鄉民族路12-1號", "民族路012號之01", "民族路12-1",
     "台灣省嘉義縣民雄鄉民族路12-1號",
     "民族路12.1號", "民族路12─1號", "民族路12一1號", "民族路12ｰ1號", "民族路第12之1號",
     "621-45嘉義縣民雄鄉民族路12-1號", "嘉義民雄民族路12-1號"],
    ["民族路12、1號", "民族路12，1號", "民族路12/1號", "民族路12 1號"],
    ["七賢二路8號", "七賢2路8號", "七賢２路八號"], ["五權西三街8號", "五權西3街8號"],
    ["中山路十二街8號", "中山路12街8號"],
    ["建國路1號B1", "建國路1號地下1樓", "建國路1號地下一層", "建國路1號B1F"], ["中山路臨5號", "中山路臨時5號"],
    ["民族路121號", "民族路一二一號", "民族路一百二十一號"], ["民族路12號", "民族路十二號"],
    ["建國路二段23巷4弄5號", "建國路2段廿三巷四弄五號", "建国路２段２３巷４弄５号", "建國路二段二十三巷4弄5號"],
    ["建國路1號3樓", "建國路一號三樓", "建國路1號3F", "建國路1號 第3層"],
    ["建國路1號3樓之2", "建國路1號3樓-2", "建國路1號三樓之二", "建國路1號3F-2", "建國路1號3樓2室", "建國路1號三樓二室",
     "建國路1號3F 2室", "建國路1號3樓之2室", "建國路1號3樓第2室", "建國路1號 3樓 2 室"],
    ["建國路1號302室", "建國路一號302室"],
    ["台林街5號", "臺林街5號", "台林街五號"],
    ["東榮村12之3號", "東榮村5鄰12-3號", "東榮村五鄰十二號之三", "東榮12之3號", "東榮 12-3號", "民雄鄉東榮12之3號",
     "東榮里12-3號",
     "嘉義縣民雄鄉東榮十二號之三", "12之3號"],
    ["西安村12號", "西安12號", "民雄西安12號"],
]  # fmt: skip


@pytest.mark.parametrize("written", HOUSES, ids=lambda each: each[0])
def test_a_house_is_one_however_its_numbers_are_written(written: list[str]) -> None:
    assert len({plain_address(each, "民雄鄉", "東榮村") for each in written}) == 1


def test_houses_that_are_not_one_are_not() -> None:
    for one, other in combinations(HOUSES, 2):
        assert plain_address(one[0], "民雄鄉", "東榮村") != plain_address(other[0], "民雄鄉", "東榮村")


@pytest.mark.parametrize("village", ["東榮村", "東榮", "民雄鄉東榮村", "東榮里", "東榮村5鄰", " 東榮 "])
def test_a_house_without_a_road_is_of_the_village_beside_it_however_that_is_written(village: str) -> None:
    assert plain_address("12之3號", "民雄", village) == plain_address("東榮村12-3號", "民雄鄉")


# --- places (row 5) ------------------------------------------------------------------------------------------------

PLACES = [
    ("民雄", "chiayi-county", "民雄鄉"), ("嘉義縣民雄鄉", "chiayi-county", "民雄鄉"),
    ("嘉縣民雄", "chiayi-county", "民雄鄉"),
    (" 民 雄　鄉", "chiayi-county", "民雄鄉"), ("民雄乡", None, "民雄鄉"), ("民雄郷", "chiayi-county", "民雄鄉"),
    ("民雄", None, "民雄鄉"), ("嘉義縣民雄", None, "民雄鄉"), ("621民雄鄉", "chiayi-county", "民雄鄉"),
    ("民雄鄉（嘉義縣）", "chiayi-county", "民雄鄉"), ("民雄鄉東榮村", "chiayi-county", "民雄鄉"),
    ("台西", "yunlin-county", "臺西鄉"), ("臺西鄉", "yunlin-county", "臺西鄉"),
    ("員林鎮", "changhua-county", "員林市"),
    ("頭份鎮", "miaoli-county", "頭份市"), ("板橋市", "new-taipei-city", "板橋區"), ("台北縣板橋市", None, "板橋區"),
    ("桃園縣蘆竹鄉", "taoyuan-city", "蘆竹區"), ("三民鄉", "kaohsiung-city", "那瑪夏區"),
    ("三民", "kaohsiung-city", "三民區"),
    ("吳鳳鄉", "chiayi-county", "阿里山鄉"), ("仁愛", "nantou-county", "仁愛鄉"), ("東", "chiayi-city", "東區"),
    ("嘉義市東區", "chiayi-city", "東區"), ("Minxiong Township", "chiayi-county", "民雄鄉"),
    ("ｍｉｎｘｉｏｎｇ", "chiayi-county", "民雄鄉"), ("塩水鎮", "tainan-city", "鹽水區"),
    ("塩埔鄉", "pingtung-county", "鹽埔鄉"),
    ("East District", "chiayi-city", "東區"), ("Banqiao Dist.", "new-taipei-city", "板橋區"),
    ("吳鳳", "chiayi-county", "阿里山鄉"),
    ("北縣板橋", None, "板橋區"), ("高縣鳳山市", None, "鳳山區"), ("南縣永康", None, "永康區"),
    ("民雄（嘉義）", "chiayi-county", "民雄鄉"), ("民雄鄉621", "chiayi-county", "民雄鄉"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "county", "meant"), PLACES)
def test_a_township_is_read_as_people_write_it(written: str, county: str | None, meant: str) -> None:
    assert township_of(written, county).name == meant
    assert is_township(written) or county


@pytest.mark.parametrize(("written", "county"), [
    ("仁愛", None), ("東勢", None), ("桃園市", "taoyuan-city"), ("嘉義市", "chiayi-city"), ("民雄鄉", "chiayi-city"),
    ("嘉義縣民雄鄉", "chiayi-city"), ("板橋", "chiayi-county"),
])  # fmt: skip
def test_which_of_several_townships_is_meant_is_asked_and_not_guessed(written: str, county: str | None) -> None:
    read = township_of(written, county)
    assert (read.name, read.listed) == (None, True)


@pytest.mark.parametrize("written", ["火星鄉", "林小美", "民雄鄉林小美", "民雄鄉公所", "0912345678", "", "鄉"])
def test_what_no_list_knows_is_no_township(written: str) -> None:
    assert township_of(written, "chiayi-county").listed is False


@pytest.mark.parametrize(("written", "meant"), [
    ("東榮", "東榮村"), ("東榮村5鄰", "東榮村"), ("民雄鄉東榮村", "東榮村"), ("东荣村", "東榮村"),
    ("中正里", "中正里"), ("林小美", None),
    ("東榮里", "東榮村"), ("民雄東榮村", "東榮村"), ("嘉義縣民雄鄉東榮村", "東榮村"),
    ("東榮村五鄰", "東榮村"), ("東榮村005鄰", "東榮村"),
])  # fmt: skip
def test_a_village_is_read_as_people_write_it(written: str, meant: str | None) -> None:
    assert village_of(written, "民雄鄉", "chiayi-county") == meant
    assert is_village(meant or written) is bool(meant)


def test_areas_stand_under_their_listed_names_and_what_is_not_clear_stays_and_is_flagged() -> None:
    form: dict[str, Any] = {
        "county": "chiayi-county",
        "event": {"place": {"county": "chiayi-county", "township": "嘉縣民雄", "village": "東榮"}},
        "people": [{"residence": {"township": "民雄鄉東榮村"}}, {"residence": {"township": "仁愛"}}, {}],
    }  # fmt: skip
    name_areas(form)
    assert form["event"]["place"] == {"county": "chiayi-county", "township": "民雄鄉", "village": "東榮村"}
    homes = [each.get("residence") for each in form["people"]]
    assert homes == [{"township": "民雄鄉", "village": "東榮村"}, {"township": "仁愛"}, None]
    one = told(subject(residence=Place(township="仁愛")), place=Place(township="火星鄉"))
    assert [(flag.at, flag.reason) for flag in flags_of(one.report, AT.date())] == [
        ("/event/place/township", "unknown_place"), ("/people/0/residence/township", "unclear_place"),
    ]  # fmt: skip


@pytest.mark.parametrize("written", ["民雄", "嘉義縣民雄鄉", "嘉縣民雄", "民 雄 鄉", "民雄乡"])
def test_two_reports_of_one_event_that_write_its_place_otherwise_are_one(written: str) -> None:
    one = subject(name="陳怡君", birth_date="1990-03-12")
    first, second = told(one, id="first"), told(one, place=Place(county="chiayi-county", township=written))
    found = relate(second, facts_of(second), keys_of(second.report, index), [known(first)])
    assert found.kind == "same_event" and "same_township" in found.reasons
    office = policies().in_force("chiayi-county", AT.date()).office
    assert office.centre_of(facts_of(second).township) == "welfare_centre.minxiong"


def test_every_reason_has_words() -> None:
    assert {"ro", "pp", "sg", "name_differs", "carer_differs", "nb_differs"} <= REASONS.keys()
