"""Danger signs in a narrative: a table of sentences, what is marked in each, and what a denial keeps unmarked."""

from datetime import date

import pytest
from contracts.codes import names
from dispatch.domain.report.narrative import MOST_MARKED, Passage, parse_phrases
from dispatch.policy import danger_phrases
from hypothesis import given
from hypothesis import strategies as st
from simulator.figures import data

SIGNS = names("danger_signs", date.max)


def marked(text: str, *coded: str, case_type: str = "adult_protection") -> list[tuple[str, str | None, bool]]:
    found = danger_phrases().passages(text, coded, case_type)
    assert "".join(each.text for each in found) == text
    return [(each.text, each.sign, each.coded) for each in found if each.sign]


@pytest.mark.parametrize(
    ("text", "sign", "passage"),
    [
        ("並以雙手勒住頸部，一度無法呼吸。", "strangulation", "勒住頸部"),
        ("過程中掐住脖子約數秒。", "strangulation", "掐住脖子"),
        ("他用皮帶勒住她的脖子。", "strangulation", "勒住她的脖子"),
        ("一度勒頸無法呼吸", "strangulation", "勒頸"),
        ("其夫並持水果刀作勢攻擊。", "weapon_threat", "持水果刀"),
        ("其父手持鐵棍揮舞威脅。", "weapon_threat", "持鐵棍"),
        ("揚言「要讓你死」。", "death_threat", "要讓你死"),
        ("表示要同歸於盡。", "death_threat", "同歸於盡"),
        ("近三個月次數與程度明顯增加。", "escalating_violence", "次數與程度明顯增加"),
        ("暴力情形較以往嚴重。", "escalating_violence", "暴力情形較以往嚴重"),
        ("並傳訊息表示不想活了。", "suicide_threat", "不想活"),
        ("違反其意願且遭壓制。", "forced_sex", "違反其意願"),
        ("神情恐懼，表示不敢返家。", "victim_afraid", "神情恐懼"),
    ],
)
def test_a_sign_is_found_in_the_words_of_its_narrative(text: str, sign: str, passage: str) -> None:
    assert marked(text, sign)[0] == (passage, sign, True)
    assert marked(text)[0] == (passage, sign, False)


@pytest.mark.parametrize(
    "text",
    [
        "未勒頸", "並未勒頸。", "沒有勒頸", "未曾勒頸", "不曾勒頸", "無勒頸情形", "未遭勒頸", "否認勒頸",
        "相對人否認有勒頸", "否認曾掐其脖子", "並無持刀", "未持刀械", "未再跟蹤", "不再跟蹤", "沒有任何瘀傷",
        "未見明顯瘀傷", "無自殺意念",
        "不會自殺", "沒有想自殺", "勒頸：無", "勒頸（否）", "勒頸: 無，持刀: 無", "暴力情形不嚴重", "目前未懷孕",
    ],
)  # fmt: skip
def test_what_is_directly_denied_is_not_marked(text: str) -> None:
    assert marked(text, *SIGNS) == []


@pytest.mark.parametrize(
    "text",
    [
        "不否認勒頸", "並未否認勒頸", "無法否認勒頸", "有無勒頸尚待確認", "詢問有沒有勒頸", "不斷勒頸", "無故勒頸",
        "不得不勒頸", "無預警勒頸", "未成年人遭勒頸", "未經同意即勒頸", "勒頸無法呼吸", "未持刀，但勒頸",
        "其妻無業，遭勒頸", "是否勒頸不明",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_denial_is_marked(text: str) -> None:
    assert marked(text, "strangulation") == [("勒頸", "strangulation", True)]


def test_what_was_ticked_and_what_was_not_are_told_apart_and_neither_hides_the_other() -> None:
    found = marked("持刀勒頸，揚言殺害", "strangulation")
    assert found == [
        ("持刀", "weapon_threat", False), ("勒頸", "strangulation", True), ("揚言殺害", "death_threat", False),
    ]  # fmt: skip


def test_what_was_ticked_comes_before_a_phrase_of_another_sign_that_overlaps_it() -> None:
    assert marked("揚言殺了自己，要殺死她", "death_threat")[0] == ("揚言殺", "death_threat", True)
    assert marked("強暴力嚴重", "escalating_violence") == [("暴力嚴重", "escalating_violence", True)]


def test_an_adults_bruise_is_no_childs_injury_unless_the_sender_says_so() -> None:
    assert marked("手臂有瘀傷") == []
    assert marked("手臂有瘀傷", case_type="child_protection") == [("瘀傷", "child_injury", False)]
    assert marked("手臂有瘀傷", "child_injury") == [("瘀傷", "child_injury", True)]


def test_a_code_that_nobody_knows_marks_nothing() -> None:
    assert marked("他離開", "no_such_sign") == []
    assert danger_phrases().passages("", ["strangulation"], "adult_protection") == []


@pytest.mark.parametrize("sign", SIGNS)
def test_every_way_in_which_the_demo_tells_of_a_sign_is_marked_as_that_sign(sign: str) -> None:
    for told in data("phrases")["danger_signs"][sign]:
        text = told.format(who="被害人", by="其配偶", when="晚間", where="民雄鄉")
        assert sign in {each for _, each, coded in marked(text, sign) if coded}, text


def test_the_list_is_a_countys_setting_that_nobody_verified_and_knows_every_sign() -> None:
    phrases = danger_phrases()
    assert not phrases.verified
    assert phrases.of.keys() == SIGNS.keys()
    with pytest.raises(ValueError, match="no_such_sign"):
        parse_phrases({"danger_signs": {"no_such_sign": {"phrases": ["x"]}}}, SIGNS)


def test_a_sign_is_marked_so_often_and_another_all_the_same() -> None:
    found = [sign for _, sign, _ in marked("勒頸，" * 5_000 + "持刀")]
    assert (found.count("strangulation"), found.count("weapon_threat")) == (MOST_MARKED, 1)


@given(st.text(alphabet="勒頸持刀未無不否認有，。殺死要讓你"), st.sets(st.sampled_from(sorted(SIGNS))))
def test_no_text_is_lost_or_written_twice(text: str, coded: set[str]) -> None:
    found = danger_phrases().passages(text, coded, "child_protection")
    assert "".join(each.text for each in found) == text
    assert all(isinstance(each, Passage) and each.text for each in found)
