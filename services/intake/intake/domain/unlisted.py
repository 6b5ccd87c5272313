"""What no list knows is personal until a person says otherwise: a name or a number may be written for a code."""

from collections.abc import Iterable
from typing import Any

from contracts.codes import UNKNOWN
from contracts.reports import Flag

SCOPE = "unlisted"
"""The scope under which it is sealed: what opens the names of a report does not open this."""
_REASONS = frozenset({"unknown_code", "unknown_place"})


def set_apart(public: Any, flags: Iterable[Flag]) -> dict[str, Any]:
    """Take what flags say no list knows out of a form; it, by pointer. A code leaves UNKNOWN in its place."""
    apart: dict[str, Any] = {}
    for flag in flags:
        if flag.reason in _REASONS:
            *path, last = flag.at.strip("/").split("/")
            node = _at(public, path)
            apart[flag.at.strip("/")] = node.pop(last) if flag.reason == "unknown_place" else _replaced(node, last)
    return apart


def _at(node: Any, path: Iterable[str]) -> Any:
    for step in path:
        node = node[int(step)] if isinstance(node, list) else node[step]
    return node


def _replaced(node: Any, last: str) -> Any:
    place: Any = int(last) if isinstance(node, list) else last
    was, node[place] = node[place], UNKNOWN
    return was
