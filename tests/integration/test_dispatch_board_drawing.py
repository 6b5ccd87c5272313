"""What the board marks and names, without a database."""

from dataclasses import replace

import pytest
from contracts.languages import LANGUAGES
from contracts.reports import Flag
from dispatch.board.flags import flagged
from dispatch.board.panel import _told
from dispatch.site.words import word

from tests.unit.dispatch_report import REPORT, report


@pytest.mark.parametrize(
    ("lang", "name", "other"), [("zh", "勒頸", "持械威脅"), ("en", "strangulation", "weapon threat")]
)
def test_the_danger_signs_of_a_report_are_marked_in_its_narrative_and_others_named(
    lang: str, name: str, other: str
) -> None:
    ticked = replace(REPORT.facts, danger_signs=frozenset({"strangulation"}))
    told = _told("他勒住頸部並持刀", report(facts=ticked), lang)
    assert [(each["text"], each["sign"], each["coded"]) for each in told["narrative"]] == [
        ("他", "", False), ("勒住頸部", name, True), ("並", "", False), ("持刀", other, False),
    ]  # fmt: skip
    assert (told["unticked"], told["searched"], told["phrases_verified"]) == ([other], True, False)


def test_a_narrative_that_speaks_of_no_sign_is_one_piece_without_a_word_about_the_search() -> None:
    told = _told("他離開", report(), "zh")
    assert [each["text"] for each in told["narrative"]] == ["他離開"]
    assert not told["searched"]


@pytest.mark.parametrize("what", ["claimed", "released", "sender_asked", "sent_back", "unlinked", "undone", "raised"])
def test_every_line_of_a_history_has_words(what: str) -> None:
    assert word(what, "zh") != word(what, "en") != what.replace("_", "")


FORM = REPORT.public | {
    "event": {"kinds": ["physical_violence", "cyber_harassment"]},
    "people": [{"role": "subject"}, {"role": "alleged_perpetrator", "conditions": ["bad_luck"]}],
    "assessments": [{"tool": "xyz", "score": 3}],
}


@pytest.mark.parametrize(
    ("at", "zh", "en", "value"),
    [
        ("/event/kinds/1", "事件類型", "Kind of event", "cyber_harassment"),
        ("/people/1/national_id", "相對人 2 證號", "Alleged perpetrator 2 national id", ""),
        ("/people/1/conditions/0", "相對人 2 狀況", "Alleged perpetrator 2 condition", "bad_luck"),
        ("/people/0/phones/3", "個案 1 電話", "Subject 1 phone", ""),
        ("/assessments/0/tool", "評估工具", "Assessments", "xyz"),
        ("/event/place/county", "發生地點", "Where it happened", ""),
        ("/known_at", "知悉時間", "When it became known", ""),
        ("/somewhere/new", "somewhere/new", "somewhere/new", ""),
    ],
)
def test_what_a_person_must_look_at_is_called_as_people_call_it(at: str, zh: str, en: str, value: str) -> None:
    shown = report(public=FORM)
    flags = [flagged(Flag(at=at, reason="unknown_code"), shown, lang) for lang in LANGUAGES]
    assert [(each["at"], each["value"]) for each in flags] == [(zh, value), (en, value)]
