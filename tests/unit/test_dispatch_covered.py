"""A narrative names nobody of its report, however it writes them, and says everything else."""

import pytest
from contracts.people import Person, Place, Role
from dispatch.site.covered import covered_text
from hypothesis import given
from hypothesis import strategies as st

LIN = Person(
    role=Role.SUBJECT, name="林小美", national_id="Q222222220", phones=("0912-345-678",),
    residence=Place(township="民雄鄉", address="建國路一段1號"),
)  # fmt: skip
SARI = Person(role=Role.SUBJECT, name="Sari Ayu")
LAN = Person(role=Role.SUBJECT, name="NGUYỄN THỊ LAN")
NAMED = (
    LIN, SARI, LAN, Person(role=Role.WITNESS, name="陳國傑", phones=("052261111",)),
    Person(role=Role.WITNESS, name="拉罕·諾幹"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("林小美說陳國傑(052261111)打她", "林○○說陳○○(○○○○○○○○○)打她"),
        ("小美說", "○○說"),
        ("林 小美 說", "林 ○○ 說"),
        ("林\u3000小\n美說", "林\u3000○\n○說"),
        ("林\u200b小\u200b美說", "林\u200b○\u200b○說"),
        ("小\u202e美說", "○\u202e○說"),
        ("阿美，小美，美美", "○○，○○，○○"),
        ("小美林說", "○○林說"),
        ("陈国杰及國傑", "陈○○及○○"),
        ("電話０９１２３４５６７８", "電話○○○○○○○○○○"),
        ("電話 +886 912 345 678", "電話 +○○○ ○○○ ○○○ ○○○"),
        ("身分證q222222220", "身分證○○○○○○○○○○"),
        ("Ｑ２２２ ２２２ ２２０", "○○○○ ○○○ ○○○"),
        ("SARI AYU and sari's Ayu", "○○○○ ○○○ and ○○○○'s ○○○"),
        ("Nguyen Thi Lan, Lan", "○○○○○○ ○○○ ○○○, ○○○"),
        ("諾幹與拉罕・諾幹", "○○與○○・○○"),
        ("住建國路一段１號", "住○○○○○○○"),
        ("妹妹0987-654-321可證", "妹妹○○○○-○○○-○○○可證"),
        ("同住者(05)2267788", "同住者(○○)○○○○○○○"),
        ("居留證AC01234567", "居留證○○○○○○○○○○"),
    ],
)
def test_whoever_a_report_names_is_covered_in_its_narrative_however_they_are_written(told: str, shown: str) -> None:
    assert covered_text(told, NAMED) == shown


@pytest.mark.parametrize(
    "told",
    ["其夫持刀勒頸", "banana, safari", "2026-11-28 21:30 第3次", "勤務編號 12345678901234", "民雄鄉東榮村", ""],
)
def test_what_names_nobody_stays_as_it_was_told(told: str) -> None:
    assert covered_text(told, NAMED) == told


@pytest.mark.parametrize("name", [None, "不詳", "某女", "陳○○", "○○○", "林小姐", "-", "\u200b"])
def test_a_name_that_names_nobody_covers_nothing(name: str | None) -> None:
    told = "某女與林小姐不詳，陳○○稱"
    assert covered_text(told, [Person(role=Role.SUBJECT, name=name)]) == told


@given(st.text(alphabet="林小美 \u3000-說陳Sari0912", max_size=40))
def test_no_name_is_left_and_nothing_else_is_covered_or_moves(told: str) -> None:
    shown = covered_text(told, [LIN])
    assert "小美" not in shown.translate({ord(each): "" for each in " \u3000-"})
    assert [sign for sign, was in zip(shown, told, strict=True) if sign not in ("○", was)] == []
    assert {was for sign, was in zip(shown, told, strict=True) if sign == "○"} <= set("林小美0912")
