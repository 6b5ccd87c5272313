"""The result of a replay: as tables for the terminal, and as a plain document for pages and machines."""

from collections.abc import Iterator, Mapping
from typing import Any

from contracts.decisions import Outcome
from contracts.words import OUTCOMES
from rich.console import RenderableType
from rich.table import Table

from dispatch.domain.tables.replay import Example, Flips, Share, Way

_TITLES = {
    "source_unit": "通報單位 source",
    "township": "鄉鎮 township",
    "age_band": "年齡 age",
    "case_type": "案件類型 case type",
}
MOST_VALUES = 60
"""How many values of a dimension are kept; senders write the names of townships."""
_PLAIN = {"relation": "not_same", "earlier_reports": 0}


def tables_of(flips: Flips) -> Iterator[RenderableType]:
    """What flips and in which direction; then where, for each dimension; then examples."""
    yield _summary(flips)
    if not flips.ways:
        return
    yield _ways(flips)
    for name, title in _TITLES.items():
        yield _by(title, flips.by[name])
    yield _examples(flips)


def _summary(flips: Flips) -> Table:
    table = Table(show_header=False, box=None)
    rows = {
        "由決策表決定 decided by a table": flips.decided,
        "結果改變 outcome flips": flips.flipped,
        "  提高保護 more protective": flips.raised,
        "  降低保護 less protective": flips.lowered,
        "僅優先序改變 only the priority changes": sum(flips.priorities.values()),
        "須由人員判讀 a person must decide": flips.reviews,
        "由人員決定（不重跑） decided by people": flips.by_people,
        "  草案與其相同 the draft agrees": flips.agreed,
    }
    for name, count in rows.items():
        table.add_row(name, f"{count:,}")
    return table


def _ways(flips: Flips) -> Table:
    table = Table("由 from", "至 to", "件數 reports", title="改變 flips")
    for (before, after), count in flips.ways.items():
        table.add_row(_words(before), _words(after), f"{count:,}")
    return table


def _by(title: str, shares: Mapping[str, Share]) -> Table:
    table = Table(title, "件數 of", "改變 flip", "%", "最常 most often")
    for value, share in sorted(shares.items(), key=lambda each: -each[1].flipped):
        if share.flipped:
            way = max(share.ways, key=share.ways.__getitem__)
            part = f"{100 * share.flipped / share.of:.1f}"
            table.add_row(value or "不詳 unknown", f"{share.of:,}", f"{share.flipped:,}", part, _way(way))
    return table


def _examples(flips: Flips) -> Table:
    table = Table("通報 report", "改變 flip", "規則 row", "事實 facts", title="例 examples")
    for way, examples in flips.examples.items():
        for one in examples:
            rows = "\n".join(f"{row.id} {row.zh}" for row in one.rows)
            table.add_row(one.report_id, _way(way), rows, _facts(one))
    return table


def _facts(example: Example) -> str:
    told = [each for each in example.facts.stored().items() if each[1] != _PLAIN.get(each[0])]
    return ", ".join(f"{name}={'|'.join(value) if isinstance(value, list) else value}" for name, value in told)


def _way(way: Way) -> str:
    return " → ".join(OUTCOMES[outcome].zh for outcome in way)


def _words(outcome: Outcome) -> str:
    return "{0.zh} {0.en}".format(OUTCOMES[outcome])


def stored(flips: Flips, serials: Mapping[str, str]) -> dict[str, Any]:
    """A replay's result as a plain document; `serials` by report id."""
    counted = ("decided", "flipped", "raised", "lowered", "reviews", "by_people", "agreed")
    return {name: getattr(flips, name) for name in counted} | {
        "ways": [
            {"from": str(way[0]), "to": str(way[1]), "count": count,
             "examples": [_example(each, serials) for each in flips.examples.get(way, ())]}
            for way, count in flips.ways.items()
        ],
        "priorities": [{"from": old, "to": new, "count": count} for (old, new), count in flips.priorities.items()],
        "by": {name: _shares(flips.by[name]) for name in _TITLES},
    }  # fmt: skip


def _example(one: Example, serials: Mapping[str, str]) -> dict[str, Any]:
    rows = [{"id": row.id, "zh": row.zh, "en": row.en} for row in one.rows]
    return {"report_id": one.report_id, "serial": serials.get(one.report_id, one.report_id), "rows": rows}


def _shares(shares: Mapping[str, Share]) -> list[dict[str, Any]]:
    """The values with flips, the most first."""
    flipped = sorted((each for each in shares.items() if each[1].flipped), key=lambda each: -each[1].flipped)
    return [
        {"value": value, "of": share.of, "flipped": share.flipped,
         "ways": [{"from": str(way[0]), "to": str(way[1]), "count": count} for way, count in share.ways.items()]}
        for value, share in flipped[:MOST_VALUES]
    ]  # fmt: skip
