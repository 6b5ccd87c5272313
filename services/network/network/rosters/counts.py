"""Rows counted: rows in = answered by answer + looked for + due + overdue, at every instant."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

OWED = ("not_found", "due", "overdue")


@dataclass
class Count:
    """Rows of one list, township, or all: `answered` by result, and `owed` by how they stand."""

    answered: Counter[str] = field(default_factory=Counter)
    owed: Counter[str] = field(default_factory=Counter)

    @property
    def rows(self) -> int:
        return self.answered.total() + self.owed.total()


def counted(cells: Iterable[Mapping[str, Any]], by: str | None = None) -> Mapping[str, Count]:
    """The counts by one field of the cells; all under an empty name where none is said."""
    found: dict[str, Count] = {}
    for cell in cells:
        count = found.setdefault((cell[by] or "") if by else "", Count())
        side = count.owed if cell["state"] in OWED else count.answered
        side[cell["state"]] += cell["rows"]
    return dict(sorted(found.items()))
