"""The suite itself: what tests share is in files of its own, never in a test."""

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
FROM_A_TEST = re.compile(r"^\s*(?:from|import) (tests\.(?:\w+\.)*(?:test_\w+|conftest)\b.*)$", re.MULTILINE)


def test_nothing_is_imported_from_a_test() -> None:
    found = {
        str(path.relative_to(TESTS)): FROM_A_TEST.findall(path.read_text(encoding="utf-8"))
        for path in TESTS.rglob("*.py")
    }
    assert {path: lines for path, lines in found.items() if lines} == {}
