"""A text that is meant to keep the service busy is refused in a moment, in words."""

from datetime import UTC, date, datetime
from resource import RUSAGE_SELF, getrusage
from time import process_time

import pytest
from dispatch.domain.tables.checking import MOST_FOUND
from dispatch.policy import packaged_text
from dispatch.publishing.draft_text import proved, started_from

from tests.drafts_that_bomb import ANYWHERE

NOW = datetime(2026, 11, 25, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 20_000,
        "{a: " * 20_000,
        "- " * 20_000,
        "? " * 20_000,
        "county: x\nrows:\n- " + "[" * 20_000,
        "[" + "a," * 90_000 + "]",
    ],
)
def test_what_nests_or_goes_on_for_ever_is_refused_before_it_is_read(text: str) -> None:
    began = process_time()
    (fault,) = proved(text, "chiayi-county", NOW).faults
    assert "nested less deeply" in fault.en
    assert process_time() - began < 10


@pytest.mark.parametrize("number", ["1" + ":1" * 90_000 + ".5", "9" * 150_000, "2026-13-45"])
def test_a_number_that_no_machine_holds_is_a_fault_of_the_text(number: str) -> None:
    (fault,) = proved(f"in_force_from: {number}", "chiayi-county", NOW).faults
    assert "a number of at most 18 digits" in fault.en or fault.en.startswith("table: correct the YAML")


WHOLE = started_from(packaged_text("chiayi-county"), "chiayi-county", "王督導", date(2027, 1, 1))
HEAD = WHOLE[: WHOLE.index("rows:")] + "rows:\n"
PRIORITY = "priority: 1"


def rows(count: int, when: str) -> str:
    row = "  - {{id: R{}, outcome: protection, priority: 1, zh: 列, en: row, when: {}}}\n"
    return "".join(row.format(number, when) for number in range(count))


BOMBS = ANYWHERE | {
    "brackets in a whole table": WHOLE + "\nx: " + "[" * 60_000,
    "an integer of 4,000 digits": WHOLE.replace(PRIORITY, "priority: " + "9" * 4_000, 1),
    "a hexadecimal of 100,000": WHOLE.replace(PRIORITY, "priority: 0x" + "f" * 100_000, 1),
    "in base 60": WHOLE.replace(PRIORITY, "priority: 1" + ":59" * 30_000, 1),
    "a float beyond": WHOLE.replace(PRIORITY, "priority: 1e999999999", 1),
    "infinite": WHOLE.replace(PRIORITY, "priority: .inf", 1),
    "no number": WHOLE.replace(PRIORITY, "priority: .nan", 1),
    "400 rows that repeat each other": HEAD + rows(400, "{case_type: {one_of: [child_protection]}}"),
    "401 rows": HEAD + rows(401, "{}"),
    "20,000 codes": HEAD + rows(1, "{case_type: {one_of: [" + ",".join(f"c{n}" for n in range(20_000)) + "]}}"),
    "a line that is turned": WHOLE.replace("zh: ", "zh: \u202e", 1),
    "a comment that is turned": WHOLE + "# \u2066 otherwise\n",
    "a fact of brackets": HEAD
    + "  - {id: R, outcome: protection, priority: 1, zh: a, en: b,\n     when: {? "
    + "(" * 180_000
    + " : {is: true}}}\n",
    "a row of steps": HEAD + f"  - {{id: '{'a.' * 80_000}', outcome: x}}\n",
}


@pytest.mark.parametrize("what", BOMBS)
def test_a_draft_that_bombs_has_some_faults_after_some_seconds_and_takes_no_memory(what: str) -> None:
    began, before = process_time(), getrusage(RUSAGE_SELF).ru_maxrss
    written = proved(BOMBS[what], "chiayi-county", NOW)
    assert 1 <= len(written.faults) <= MOST_FOUND + 2
    assert not written.passes
    assert process_time() - began < 12
    assert getrusage(RUSAGE_SELF).ru_maxrss - before < 100 * 2**10
