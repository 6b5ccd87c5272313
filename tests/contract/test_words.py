"""One set of words: every code of the contract has its own, and no service says one of them otherwise."""

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path

import pytest
import yaml
from contracts.decisions import SERVED, Outcome
from contracts.people import Role, Sex
from contracts.reports import CaseType, SourceUnit
from dispatch.domain.tables.catalogue import FACTS
from dispatch.figures.published import ROWS
from dispatch.policy import policies
from intake.batches import columns
from intake.batches.cells import fold

from contracts import words

ROOT = Path(__file__).parents[2]
LISTS: dict[type[StrEnum], Mapping[StrEnum, words.Words]] = {
    CaseType: words.CASE_TYPES, SourceUnit: words.SOURCE_UNITS, Outcome: words.OUTCOMES, Role: words.ROLES,
    Sex: words.SEXES,
}  # type: ignore[dict-item]  # fmt: skip
NETWORK = ROOT / "services/network/network"
PROGRAMMES = sorted((NETWORK / "rules/programmes").glob("*.yaml"))
ROSTERS = ROOT / "services/intake/intake/data/rosters.yaml"
CATALOGUES = sorted((ROOT / "services").glob("**/zh_Hant_TW/LC_MESSAGES/*.po"))


@pytest.mark.parametrize("codes", LISTS, ids=lambda codes: codes.__name__)
def test_every_code_has_its_words(codes: type[StrEnum]) -> None:
    assert set(LISTS[codes]) == set(codes), "add the code to contracts/words.py"
    assert all(all(said) for said in LISTS[codes].values())


def test_every_clock_of_the_rules_has_its_words() -> None:
    assert {rule.id for rule in policies().rules.clocks} == set(words.CLOCKS), "add the clock to contracts/words.py"


def test_where_a_clock_comes_from_is_a_law_or_has_its_words() -> None:
    sources = {rule.source for rule in policies().rules.clocks}
    assert not unsaid(sources), "add the source to contracts/words.py, or the law to contracts/laws.json"


def test_where_a_programme_and_what_it_owes_come_from_is_a_law_or_has_its_words() -> None:
    files = [*PROGRAMMES, ROSTERS]
    sources = {text for path in files for text in sources_of(yaml.safe_load(path.read_text("utf-8")))}
    code = "".join(path.read_text("utf-8") for path in NETWORK.rglob("*.py"))
    named = set(re.findall(r'\bsource="([^"]+)"', code))
    assert len(sources) > 15 and "agreed" in named
    assert not unsaid(sources | named), "add the source to contracts/words.py, or the law to contracts/laws.json"


@pytest.mark.parametrize(("text", "zh", "en"), [
    ("D0050009 s5", "兒童及少年保護通報與分級分類處理及調查辦法第5條", "art. 5 (D0050009)"),
    ("county setting", "縣市設定", "county setting"),
    ("D0050071 s50; D0080080 s6", "家庭暴力防治法第50條；性侵害犯罪防治法施行細則第6條", "art. 50 (D0050071); "),
    ("D0050009 s7 (2019 text; moved to an annex 2024-07-31)",
     "兒童及少年保護通報與分級分類處理及調查辦法第7條（2019 年條文，2024-07-31 移列附件）", "(2019 text; moved"),
    ("D0050181 s5; Chiayi County deck 2021", "第5條；嘉義縣 2021 年簡報", "; Chiayi County deck 2021"),
    ("Changhua County deck 2023; L0020213", "彰化縣 2023 年簡報；自殺防治法", "Suicide Prevention Act"),
    ("somebody's letter", "somebody's letter", "somebody's letter"),
])  # fmt: skip
def test_a_source_is_said_in_the_language_of_the_page(text: str, zh: str, en: str) -> None:
    assert zh in words.source(text, "zh") and en in words.source(text, "en")


def unsaid(sources: set[str]) -> set[str]:
    """Those that a page in Chinese would show in English."""
    return {text for text in sources if re.search("[a-z]{3}", words.source(text, "zh"))}


def sources_of(told: object) -> Iterator[str]:
    """Every `source` that a file of rules names, however deep."""
    if isinstance(told, dict):
        yield from (text for name, text in told.items() if name == "source" and isinstance(text, str))
    for each in told.values() if isinstance(told, dict) else told if isinstance(told, list) else ():
        yield from sources_of(each)


def test_every_kind_of_unit_that_a_report_may_be_sent_to_has_its_words() -> None:
    offers = yaml.safe_load((ROOT / "services/dispatch/dispatch/rules/offers.yaml").read_text("utf-8"))
    named = {name.partition(".")[0] for offer in offers["collaborators"] for name in offer["names"]}
    assert named | {"protection", "welfare_centre", "window"} <= set(words.UNITS)


def test_a_code_that_two_lists_have_is_called_the_same_in_both() -> None:
    plain = (*LISTS.values(), words.CLOCKS)
    for one in plain:
        for other in plain:
            assert all(one[code] == other[code] for code in one.keys() & other.keys())  # type: ignore[index]


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_no_service_has_words_of_its_own_for_a_code_of_the_contract(path: Path) -> None:
    own = set(re.findall(r'^msgid "(.+)"$', path.read_text("utf-8"), re.MULTILINE))
    assert not own & set(words.every()), "contracts/words.py says it, for every service"


# --- no list of codes is copied ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fact", "codes"), [("case_type", CaseType), ("source_unit", SourceUnit),
                                             ("known_outcome", Outcome)])  # fmt: skip
def test_whoever_proves_a_table_tries_every_code(fact: str, codes: type[StrEnum]) -> None:
    assert set(FACTS[fact].values) == set(codes)


@pytest.mark.parametrize("rows", ROWS)
def test_a_published_table_counts_every_case_type_once(rows: str) -> None:
    counted = [case_type for row in ROWS[rows].values() for case_type in row]
    assert sorted(counted) == sorted(CaseType), "say in figures/published.py in which row a new type is counted"


def test_every_case_type_says_whether_it_is_for_minors() -> None:
    assert [each for each in CaseType if each.is_for_minors] == [
        CaseType.CHILD_PROTECTION, CaseType.SEXUAL_ASSAULT_MINOR, CaseType.CONSULTATION_MINOR]  # fmt: skip
    assert all(isinstance(each.is_for_minors, bool) for each in CaseType)


def test_the_outcomes_by_which_a_unit_serves_are_listed_first_on_pages() -> None:
    assert tuple(words.OUTCOMES)[: len(SERVED)] == SERVED


@pytest.mark.parametrize("case_type", CaseType)
def test_a_file_may_call_a_case_type_as_the_pages_do(case_type: CaseType) -> None:
    told, said = columns._words("case_types"), words.CASE_TYPES[case_type]
    assert told[fold(said.zh)] == told[fold(said.short)] == case_type
