"""What a page is made of: words and times in its language, who may see what."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from contracts.cases import CaseId
from contracts.decisions import Outcome
from contracts.languages import Lang
from contracts.reports import CaseType, ReportId, SourceUnit
from network import frame, words
from network.access import Scope
from network.cases.choices import CHOICES
from network.cases.domain.case import Case, Collaboration, Entry, Lead
from network.cases.domain.closings import CHECKS
from network.cases.domain.findings import BY_NAME
from network.cases.family import Member
from network.cases.pages import Story
from network.meetings.discussed import Discussed
from network.steps.step import Step
from web.callers import Callers, digest
from web.frame import Filled
from web.pages import Templates
from web.people import Person
from web.words import when

COUNTY = "chiayi-county"
CENTRE = f"{COUNTY}/welfare_centre.minxiong"
POLICE = f"{COUNTY}/police"
T0 = datetime(2026, 11, 22, 12, tzinfo=UTC)
R1, R2 = ReportId("r1"), ReportId("r2")


def entry(id: ReportId) -> Entry:
    kinds = (Outcome.WELFARE_CENTRE, CaseType.CHILD_PROTECTION, SourceUnit.POLICE)
    return Entry(id, 1, *kinds, priority=2, unit=CENTRE, received_at=T0, joined_at=T0)


CASE = Case(
    CaseId("c1"),
    COUNTY,
    T0,
    Lead(CENTRE, Outcome.WELFARE_CENTRE),
    collaborators=(Collaboration("c", POLICE, T0, R1),),
    reports=(entry(R1), entry(R2)),
)


def test_a_code_has_both_languages_and_an_unknown_one_stands_as_it_is() -> None:
    assert words.of("unit.accept") == ("接案", "Acceptance by the unit")
    assert words.of(CENTRE) == ("民雄社福中心", "Minxiong welfare centre")
    assert words.of("a.new.clock") == ("a.new.clock", "a.new.clock")


def test_every_outcome_case_type_and_source_has_words() -> None:
    assert all(words.of(code)[1] for kind in (Outcome, CaseType, SourceUnit) for code in kind)


def test_what_comes_from_outside_is_escaped_and_said_in_one_language() -> None:
    case = replace(CASE, flags=("<script>",), reports=(replace(entry(R1), unit="<b>/<i>x"),))
    for lang, said, unsaid in (("zh", "主責", "Lead"), ("en", "Lead", "主責")):
        page = case_page(case, lang)
        assert "<script>" not in page and "<i>x" not in page
        assert said in page and unsaid not in page


def test_the_english_page_of_a_case_has_chinese_on_its_language_link_alone() -> None:
    assert {sign for sign in case_page(CASE, "en") if "一" <= sign <= "鿿"} == {"中"}


def case_page(case: Case, lang: Lang) -> str:
    facts = words.speech(lang, T0).facts | {
        "here": "/",
        "room": "",
        "person": Person("a", "a", "caseworker", (COUNTY,)),
        "csrf": "",
        "counties": (COUNTY,),
        "sites": {},
    }
    return Templates(frame.HERE).page(
        "case.html", lang, **facts, case=case, members=[Member("○", (R1,))], unreadable=1, duplicates=1,
        choices=CHOICES, may_act=True, may_govern=True, speaks=lambda _: True, names={},
        seen={}, contacts=[], units=[POLICE], uncovered={}, about=lambda _: "", typed=Filled(), act="",
        problem=None, kind=None, places={}, known=[], confirming=[POLICE], referrals=(), enrolments=(), corrected=(),
        discussed=Discussed((), (), (), ()),
        older_contacts=None,
        story=Story([Step("s", "dispatch", "decided.protection", T0, R1, by="table:x")], None, None),
        by_name=BY_NAME,
    )  # fmt: skip


def test_everything_that_may_stand_in_the_way_and_everything_to_choose_has_words() -> None:
    sources = [path.read_text() for path in (frame.HERE / "cases" / "domain").glob("*.py")]
    codes = {code for source in sources for code in re.findall(r'(?:refused|Missing)\(\s*"([a-z_]+)"', source)}
    codes |= set(CHECKS)
    assert {"task_open", "merge_built_upon", "not_accepted"} <= codes
    assert not [code for code in codes if words.of(f"missing.{code}").en == f"missing.{code}"]
    prefixes = {"kinds": "contact.", "sources": "source."}
    chosen = [prefixes.get(kind, "") + code for kind, codes in CHOICES.items() for code in codes]
    assert not [code for code in chosen if words.of(code).zh == code]


def test_a_time_is_shown_in_taiwan_with_its_roc_year() -> None:
    shown = when(T0, "zh")
    assert "2026-11-22 20:00" in shown
    assert "民國115年" in shown


@pytest.mark.parametrize(
    ("scope", "covers", "speaks"),
    [
        (Scope(frozenset({COUNTY})), True, True),
        (Scope(frozenset({"*"})), True, True),
        (Scope(frozenset({"tainan-city"})), False, False),
        (Scope(frozenset({COUNTY}), frozenset({CENTRE})), True, True),
        (Scope(frozenset({COUNTY}), frozenset({POLICE})), True, False),
        (Scope(frozenset({COUNTY}), frozenset({f"{COUNTY}/health"})), False, False),
        (Scope(frozenset({"tainan-city"}), frozenset({CENTRE})), False, False),
    ],
)
def test_a_scope_covers_its_counties_and_units_and_speaks_only_for_the_lead(
    scope: Scope, *, covers: bool, speaks: bool
) -> None:
    assert (scope.covers(CASE.county, CASE.parties), scope.speaks_for(CASE.lead.unit)) == (covers, speaks)


def test_a_callers_units_come_from_its_entry() -> None:
    entry = {"name": "a", "role": "caseworker", "counties": [COUNTY]}
    bound = Callers(json.dumps([entry | {"units": [CENTRE], "token_sha256": digest("one")}])).of("one")
    free = Callers(json.dumps([entry | {"token_sha256": digest("two")}])).of("two")
    assert (bound and bound.units, free and free.units) == ({CENTRE}, frozenset())
