"""What the board marks and names, without a database."""

import pytest
from dispatch.board.panel import _marked
from dispatch.board.words import word


@pytest.mark.parametrize(
    ("text", "signs", "pieces"),
    [
        ("他勒頸後離開", ["strangulation"], [("他", False), ("勒頸", True), ("後離開", False)]),
        ("他勒頸後離開", ["stalking"], [("他勒頸後離開", False)]),
        ("他離開", [], [("他離開", False)]),
        ("", ["strangulation"], []),
    ],
)
def test_the_danger_signs_of_a_report_are_marked_in_its_narrative(
    text: str, signs: list[str], pieces: list[tuple[str, bool]]
) -> None:
    assert _marked(text, signs) == pieces


@pytest.mark.parametrize("what", ["claimed", "released", "sender_asked", "sent_back", "unlinked", "undone", "raised"])
def test_every_line_of_a_history_has_words(what: str) -> None:
    assert word(what, "zh") != word(what, "en") != what.replace("_", "")
