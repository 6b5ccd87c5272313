"""The table of failures names tests that exist."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_test_that_the_table_of_failures_names_is_there() -> None:
    named = set(re.findall(r"`(test_\w+|Escalating)`", (ROOT / "docs" / "messages.md").read_text("utf-8")))
    there = " ".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_notify_*.py"))
    assert len(named) >= 20
    assert [name for name in sorted(named) if not re.search(rf"(def|class) {name}\b", there)] == []
