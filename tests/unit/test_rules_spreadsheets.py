"""No text of a file for a spreadsheet runs when it is opened."""

import pytest
from rules.spreadsheets import harmless


@pytest.mark.parametrize("text", ["=1+1", "+886", "-1", "@SUM(A1)", "＝1+1", "＠x", " =1", "\t=1", "|cmd", "%x"])
def test_what_would_run_is_text(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["陳社工", "a=b", "", "2026-11-28"])
def test_any_other_text_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text
