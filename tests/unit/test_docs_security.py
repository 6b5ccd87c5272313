"""The security pages name tests that exist, and every requirement of the standard once."""

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REQUIREMENTS = {
    1: 27,
    2: 11,
    3: 19,
    4: 10,
    5: 9,
    6: 35,
    7: 18,
    8: 7,
    9: 7,
    10: 29,
    11: 14,
    12: 9,
    13: 13,
    14: 9,
    15: 13,
    16: 16,
    17: 7,
}
"""Of levels 1 and 2 in ASVS 5.0.0, by chapter."""
ANSWERS = {"holds", "partly", "**open**", "elsewhere", "none here"}


@cache
def named_tests() -> frozenset[str]:
    """The files and functions of the suite."""
    files = list((ROOT / "tests").rglob("test_*.py"))
    names = {name for each in files for name in re.findall(r"def (test_\w+)", each.read_text("utf-8"))}
    return frozenset(names | {each.name for each in files} | {str(each.relative_to(ROOT)) for each in files})


def rows() -> list[list[str]]:
    lines = (ROOT / "docs/asvs.md").read_text("utf-8").splitlines()
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines if re.match(r"\| \d+\.", line)]


@pytest.mark.parametrize("page", ["docs/security.md", "docs/asvs.md"])
def test_every_test_that_is_named_is_there(page: str) -> None:
    named = re.findall(r"`((?:tests/\w+/)?test_\w+(?:\.py)?)(?:\[[^`]*\])?`", (ROOT / page).read_text("utf-8"))
    assert named
    assert set(named) - named_tests() == set()


def test_every_requirement_is_answered_once_with_a_test_or_a_reason() -> None:
    found = [row[0].split()[0] for row in rows()]
    assert [number for number, times in Counter(found).items() if times > 1] == []
    assert Counter(int(number.split(".")[0]) for number in found) == REQUIREMENTS
    for number, _, answer, how, held in rows():
        assert answer in ANSWERS, number
        assert how != "-" or "`" in held, number
        assert "`test" in held or held.startswith(("-", "no test")), number
        assert answer != "holds" or "`test" in held or held.startswith("no test:"), (
            f"{number} holds, and nothing says so"
        )


def test_the_page_counts_its_answers_right() -> None:
    told = re.search(
        r"(\d+) hold, (\d+) partly, (\d+) open, (\d+) elsewhere, (\d+) do not apply, of (\d+)",
        (ROOT / "docs/asvs.md").read_text("utf-8"),
    )
    counted = Counter(row[2] for row in rows())
    order = ("holds", "partly", "**open**", "elsewhere", "none here")
    assert told
    assert [int(each) for each in told.groups()] == [*(counted[each] for each in order), len(rows())]
