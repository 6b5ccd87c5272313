"""A county's officer proves, reads and compares tables at the terminal, and is told how to mend them."""

from pathlib import Path

import pytest
from contracts.codes import names
from dispatch import tables_cli
from dispatch.domain.tables.catalogue import FACTS
from dispatch.domain.tables.wording import asked, told
from dispatch.policy import policies
from rules.cells import make

SHIPPED = Path(tables_cli.__file__).parent / "tables" / "chiayi-county.yaml"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]):
    def started(*arguments: object) -> tuple[int, str]:
        code = tables_cli.main([str(each) for each in arguments])
        return code, capsys.readouterr().out

    return started


@pytest.fixture
def file(tmp_path: Path):
    def written(*changes: tuple[str, str]) -> Path:
        text = SHIPPED.read_text("utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "draft.yaml"
        path.write_text(text, "utf-8")
        return path

    return written


def test_every_packaged_table_passes(run) -> None:
    code, out = run("check")
    assert code == 0
    assert all(county in out for county in policies().tables)
    assert "monotone" in out


def test_a_table_at_fault_fails_and_says_how_to_mend_it_in_both_languages(run, file) -> None:
    code, out = run("check", file(("tipvda: {at_least: 6}", "tipvda: {at_most: 6}"), ("strangulation]", "strangling]")))
    assert code == 1
    assert "T02: graver tipvda would no longer match; ask for a bound that danger cannot leave" in out
    assert "請改用不設上限的條件" in out
    assert "danger_signs has no code strangling" in out


def test_one_table_at_fault_fails_them_all(run, file) -> None:
    assert run("check", file(("tipvda: {at_least: 6}", "tipvda: {at_most: 6}")), "chiayi-city")[0] == 1


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("rows: [", "correct the YAML"),
        ("- a", "write a mapping with county"),
        ("county: c", "write at least one row"),
        (
            "rows: [{id: A, when: {tipvda: 3}, outcome: protection, priority: 1, zh: a, en: a}]",
            "rows[0] (A).when.tipvda",
        ),
    ],
)
def test_a_file_that_is_no_table_says_where_and_how(run, tmp_path: Path, text: str, how: str) -> None:
    path = tmp_path / "table.yaml"
    path.write_text(text, "utf-8")
    code, out = run("check", path)
    assert code == 1
    assert how in out


def test_a_table_nobody_has_names_those_there_are(run) -> None:
    code, out = run("show", "atlantis")
    assert code == 1
    assert "chiayi-city, chiayi-county, kaohsiung-city" in out
    assert run("show", "chiayi-county@soon")[0] == 1


def test_a_table_is_read_in_words(run) -> None:
    code, out = run("show", "chiayi-county@2026-11-22")
    assert code == 0
    assert "危險訊號有勒頸 → 派保護，優先 1" in out
    assert "TIPVDA score at least 6 → protection" in out
    assert "範例" in out


def test_one_language_shows_no_other(run) -> None:
    assert "派保護" not in run("show", "chiayi-county", "--lang", "en")[1].splitlines()[1]
    assert "protection" not in run("show", "chiayi-county", "--lang", "zh")[1].splitlines()[1]


def test_a_difference_is_told_row_by_row(run, file) -> None:
    changed = file(
        ("tipvda: {at_least: 6}", "tipvda: {at_least: 5}"),
        ("{id: D01, outcome: protection", "{id: D99, outcome: protection"),
    )
    code, out = run("diff", "chiayi-county", changed)
    assert code == 0
    lines = out.splitlines()
    assert "~ T02 條件: TIPVDA 分數 6 以上 → TIPVDA 分數 5 以上" in lines
    assert "~ T02 asks: TIPVDA score at least 6 → TIPVDA score at least 5" in lines
    assert any(line.startswith("- D01 dropped") for line in lines)
    assert any(line.startswith("+ D99 新增") for line in lines)
    assert len(lines) == 6


def test_a_changed_outcome_or_priority_is_told(run, file) -> None:
    _, out = run(
        "diff",
        "chiayi-county",
        file(("{id: D01, outcome: protection, priority: 1", "{id: D01, outcome: protection, priority: 2")),
    )
    assert "~ D01 gives: protection, priority 1 → protection, priority 2" in out


def test_a_table_differs_in_nothing_from_itself(run) -> None:
    assert run("diff", "chiayi-county", SHIPPED, "--lang", "en") == (0, "the tables decide alike\n")


def test_a_draft_of_another_county_is_not_replayed(run) -> None:
    days = ("--from", "2026-01-01", "--to", "2026-01-02")
    code, out = run("replay", "--table", "chiayi-city", "--county", "chiayi-county", *days)
    assert code == 1
    assert "write county: chiayi-county" in out


def test_without_a_database_a_replay_says_so(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONGO_URL", "mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=200")
    code, out = run(
        "replay", "--table", "chiayi-county", "--county", "chiayi-county", "--from", "2026-01-01", "--to", "2026-01-02"
    )
    assert code == 1
    assert "set MONGO_URL" in out


@pytest.mark.parametrize(
    ("fact", "op", "value", "zh", "en"),
    [
        (
            "danger_signs",
            "all_of",
            ["strangulation", "stalking"],
            "危險訊號同時有勒頸及跟蹤",
            "danger sign: strangulation and stalking",
        ),
        ("case_type", "one_of", ["adult_protection"], "案件類型為成人保護", "case type is adult protection"),
        ("tipvda", "between", [6, 7], "TIPVDA 分數 6至7", "TIPVDA score 6 to 7"),
        ("needs", "missing", True, "需求面向不詳", "need unknown"),
        ("sdm", "missing", False, "SDM 等級已知", "SDM level known"),
        ("minor_in_household", "is", False, "無「家中有未滿十八歲者」", "not: someone under 18 in the family"),
        ("youngest_age", "at_most", 5, "家中最小年齡 5 以下", "youngest age in the family at most 5"),
    ],
)
def test_a_condition_in_words(fact: str, op: str, value: object, zh: str, en: str) -> None:
    on = policies().tables["chiayi-county"][-1].in_force_from
    cell = make(fact, op, value)
    assert (asked(cell, on, "zh"), asked(cell, on, "en")) == (zh, en)


def test_no_code_is_left_untranslated_in_a_packaged_table() -> None:
    codes = {
        value for fact in FACTS.values() for value in fact.values if not value.isdigit() and value != "hotline_113"
    }
    for table in (one for versions in policies().tables.values() for one in versions):
        on = table.in_force_from
        codes |= {code for fact in FACTS.values() if fact.codes for code in names(fact.codes, on)}
        for row in table.rows:
            assert not any(code in told(row, on, "zh") for code in codes if code != "other")
