"""Whoever changes a report or a decision table, and which counties they may do it in."""

from collections.abc import Callable
from dataclasses import dataclass

Sees = Callable[[str], bool]
"""Whether a county is one of theirs."""


@dataclass(frozen=True)
class Actor:
    """Who acts: a name for the record, whether as supervisor, and the user name that a claim is held by."""

    name: str
    supervisor: bool
    username: str = ""
