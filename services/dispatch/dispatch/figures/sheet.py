"""A table in words, as pages show it, charts draw it and PDFs print it: one source for the same figures."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from contracts.languages import Lang
from rules.crossing import with_totals
from rules.suppression import SMALLEST, Place, hidden, stepped
from web.sheet import Cell, Column, Row, Sheet, number

from dispatch.site.words import word

OTHER = "other"
TOTAL = "total"

Labels = Mapping[str, str]
"""Keys in their order, each with its words."""
Counts = Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class Audience:
    """For whom tables are made: in which language, and whether small counts are hidden from them."""

    lang: Lang
    hide: bool

    def word(self, key: str) -> str:
        return word(key, self.lang)

    def told(self, count: int) -> int:
        """A count as they are told it: in steps where small ones are hidden from them."""
        return stepped(count) if self.hide else count


def crossed(name: str, rows: Labels, columns: Labels, counts: Counts, audience: Audience, *, head: str) -> Sheet:
    """Rows against columns with their totals last; small counts hidden where the audience must not see them."""
    inner = [[counts.get((row, column), 0) for column in columns] for row in rows]
    table = with_totals(inner)
    places = small_places(table, audience)
    labels = [*rows.items(), (TOTAL, audience.word(TOTAL))]
    shown = (
        Row(key, label, numbers(table[at], at, places, audience), total=at == len(inner))
        for at, (key, label) in enumerate(labels)
    )
    heads = tuple(Column(key, label, drawn=True) for key, label in columns.items())
    return Sheet(
        name, audience.word(name), audience.word(head), (*heads, Column(TOTAL, audience.word(TOTAL))), tuple(shown)
    )


def listed(name: str, rows: Labels, counts: Mapping[str, int], audience: Audience, *, head: str) -> Sheet:
    """One count for each row, and their total."""
    one = {(row, "reports"): count for row, count in counts.items()}
    sheet = crossed(name, rows, {"reports": audience.word("reports")}, one, audience, head=head)
    kept = tuple(replace(row, cells=row.cells[:1]) for row in sheet.rows)
    return replace(sheet, columns=sheet.columns[:1], rows=kept)


def small_places(table: Sequence[Sequence[int]], audience: Audience) -> frozenset[Place]:
    return hidden(table) if audience.hide else frozenset()


def numbers(row: Iterable[int], at: int, places: frozenset[Place], audience: Audience) -> tuple[Cell, ...]:
    return tuple(number(audience.told(count), hide=(at, column) in places) for column, count in enumerate(row))


def gathered(counts: Counts, *, fewest: int, most: int) -> Counts:
    """Rows that few reports name counted together as `other`, for what senders write: a rare one names somebody."""
    totals: Counter[str] = Counter()
    for (row, _), count in counts.items():
        totals[row] += count
    kept = {row for row, count in totals.most_common(most) if count >= fewest}
    found: Counter[tuple[str, str]] = Counter()
    for (row, column), count in counts.items():
        found[row if row in kept else OTHER, column] += count
    return found


def fewest(audience: Audience) -> int:
    """How many reports a place must have to be named."""
    return SMALLEST if audience.hide else 1
