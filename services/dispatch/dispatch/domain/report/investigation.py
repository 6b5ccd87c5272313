"""Which reports the window may look into in the field before it decides (since 2026, optional by county)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from rules.cells import Cell, TableError, parse_cells
from rules.spans import Span

from dispatch.domain.tables.catalogue import FACTS
from dispatch.domain.triage.facts import Facts


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of case that is investigated; `id` is that of rules.yaml."""

    id: str
    zh: str
    en: str
    when: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Investigations:
    """From `since` the `counties` investigate these kinds, `within` so long if nobody says otherwise."""

    since: date
    counties: frozenset[str]
    within: Span
    verified: bool
    kinds: tuple[Kind, ...]
    special: Kind
    special_counties: frozenset[str]

    def named(self, id: str) -> Kind | None:
        return next((kind for kind in (*self.kinds, self.special) if kind.id == id), None)

    def special_of(self, county: str) -> Kind | None:
        """The kind that an officer of a county may choose for any report; None where its window visits no such case."""
        return self.special if county in self.special_counties else None

    def kind_of(self, county: str, facts: Facts, on: date) -> Kind | None:
        """The kind under which a county may investigate a report on a day; the first that fits, or None."""
        if county not in self.counties or on < self.since:
            return None
        return next((kind for kind in self.kinds if all(cell.matches(facts) for cell in kind.when)), None)


def parse_investigations(
    document: Mapping[str, object], counties: frozenset[str], special: frozenset[str]
) -> Investigations:
    """The setting from its YAML, for the counties that investigate, and those that visit special cases.

    Raises TableError that says where and how to mend it.
    """
    since, kinds, chosen = document.get("since"), document.get("kinds"), document.get("special")
    if not isinstance(since, date) or not isinstance(kinds, list) or not isinstance(chosen, Mapping):
        raise TableError("investigation", "write since (a day), kinds (a list) and special (a kind)")
    return Investigations(
        since=since,
        counties=counties,
        within=Span.parse(str(document.get("within"))),
        verified=document.get("verified", True) is True,
        kinds=tuple(map(_kind, kinds)),
        special=_kind({"when": {}} | dict(chosen)),
        special_counties=special,
    )


def _kind(one: Mapping[str, Any]) -> Kind:
    when = parse_cells(one["when"], f"investigation.{one['id']}", FACTS)
    return Kind(str(one["id"]), str(one["zh"]), str(one["en"]), when)
