"""Text as it is shown: none turns the direction of what stands around it."""

import re

from rules.drafts import TURNS

_RIGHT_TO_LEFT = re.compile(
    "[\u061c\u200e\u200f\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_ISOLATE, _END = "\u2068", "\u2069"


def settled(text: str) -> str:
    """The text without signs that turn directions; one that runs from right to left is isolated from its neighbours.

    Isolated by signs and not by `<bdi>`, so that titles, options and messages of others are safe too.
    """
    if text.isascii():
        return text
    text = TURNS.sub("", text)
    return f"{_ISOLATE}{text}{_END}" if _RIGHT_TO_LEFT.search(text) else text
