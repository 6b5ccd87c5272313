"""Pages work from Safari 15.4 on (March 2022: the last for iPhone 6s and 7): nothing newer stands in their sources.

First versions are those of MDN's browser compatibility data.
"""

import re
from pathlib import Path

import pytest

SERVICES = Path(__file__).parents[2] / "services"
KINDS = {".js", ".css", ".html"}
OURS = [
    each for each in SERVICES.rglob("*") if each.suffix in KINDS and not {"vendor", ".venv", "build"} & {*each.parts}
]
NEWER = {
    r"AbortSignal\.(timeout|any)\b": "16.0 and 17.4",
    r"\.(toSorted|toReversed|toSpliced|with)\(": "16.0",
    r"\b(Object|Map)\.groupBy\b": "17.4",
    r"Promise\.(withResolvers|try)\b": "17.4",
    r"Array\.fromAsync\b": "16.4",
    r"\bSharedWorker\b": "16.0",
    r"\(\?<[=!]": "16.4, a look-behind",
    r"\.requestSubmit\(": "16.0",
    r"\.checkVisibility\(": "17.4",
    r"\b(showPopover|togglePopover|popovertarget)\b": "17.0",
    r"\bURL\.(canParse|parse)\b": "17.0",
    r"\brequestIdleCallback\b": "never by default",
    r"\bscheduler\.": "never",
    r"\bstartViewTransition\b": "18.0",
    r"\b(isWellFormed|toWellFormed)\b": "16.4",
    r"\bIntl\.(DurationFormat|Segmenter\.prototype)\b": "16.4",
    r"\bnavigator\.userActivation\b": "16.4",
    r"\bsetHTML(Unsafe)?\(|\bgetHTML\(": "17.4",
    r"color-mix\(|\boklch\(|\boklab\(": "16.2 (oklab 15.4, with it)",
    r"light-dark\(": "17.5",
    r"@container\b|container-type": "16.0",
    r"@scope\b|@starting-style\b|@property\b": "16.4 to 17.5",
    r"\bsubgrid\b": "16.0",
    r"text-wrap:": "17.4",
    r"field-sizing": "never",
    r"anchor-name|position-anchor": "26",
    r"\banimation-timeline\b|\bscrollbar-gutter\b": "18.2 and later",
    r":user-(in)?valid\b": "16.5",
    r"@media[^{]*[<>]=?": "16.4, ranges",
    r"^\s+&": "16.5, nesting",
    r"\b(rgb|hsl)\(from\b": "16.4",
}


@pytest.mark.parametrize("feature", NEWER)
def test_no_page_needs_what_came_after_safari_15_4(feature: str) -> None:
    found = re.compile(feature, re.MULTILINE)
    assert {str(path.relative_to(SERVICES)) for path in OURS if found.search(_code(path))} == set(), NEWER[feature]


def _code(path: Path) -> str:
    """What stands in a file but for its comments, which may name what is avoided."""
    return re.sub(r"/\*.*?\*/|\{#.*?#\}|(?<!:)//[^\n]*", "", path.read_text(), flags=re.DOTALL)


def test_keys_that_are_heard_anywhere_leave_alone_what_is_being_composed() -> None:
    """Esc ends a composition and Enter takes a candidate: neither is meant for the page."""
    heard = {path for path in OURS if 'document.addEventListener("key' in path.read_text()}
    typing_aside = 'closest("a, button, input, select, textarea")) return'
    heard_while_typing = {path for path in heard if typing_aside not in path.read_text()}
    assert len(heard_while_typing) >= 2
    assert {path.name for path in heard_while_typing if "isComposing || event.keyCode" not in path.read_text()} == set()
