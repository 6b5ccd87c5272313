"""A table as a county writes it: YAML, read so that whatever is wrong has its line."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import yaml
from rules.cells import TableError
from rules.drafts import DraftError, read
from rules.spans import TAIPEI

from dispatch.domain.tables.checking import check
from dispatch.domain.tables.table import DecisionTable, parse

LARGEST = 200_000
"""Characters of a table; the ones that are shipped have under 15,000."""
MOST_ROWS = 400
MOST_PARTS = 60_000
DEEPEST = 8
"""How deep a table nests: rows, a row, its cells, an operator, its codes, and some to spare."""
AHEAD = timedelta(minutes=1)
"""How long before it takes effect a table must be published, so that every replica has read it by then."""
_STEP = re.compile(r"\[(\d+)\]|\(([^()]*)\)|([^.\[\]()\s]+)")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a text: its line (from 1), which rows, and how to correct it, in words."""

    kind: str
    line: int | None
    rows: tuple[str, ...]
    zh: str
    en: str


@dataclass(frozen=True)
class Written:
    """A text with its table where it can be read, and its faults; without faults it may be published."""

    text: str
    table: DecisionTable | None
    faults: tuple[Fault, ...]

    @property
    def passes(self) -> bool:
        return self.table is not None and not self.faults


def proved(text: str, county: str, now: datetime) -> Written:
    """A text read and checked for a county, as it may be published at `now` or not. Takes a while: use a thread."""
    try:
        document, node = _loaded(text)
    except TableError as error:
        return Written(text, None, (_unreadable(error, None),))
    try:
        table = parse(document)
    except TableError as error:
        return Written(text, None, (_unreadable(error, node),))
    return Written(text, table, (*_misplaced(table, county, now, node), *_unproved(table, node)))


def table_of(text: str) -> DecisionTable:
    """The table of a text. Raises TableError that says where it is wrong and how to correct it."""
    return parse(_loaded(text)[0])


def begins(day: date) -> datetime:
    """The instant at which a day begins in Taipei."""
    return datetime.combine(day, time(), TAIPEI)


def started_from(text: str, county: str, author: str, day: date) -> str:
    """A text to start a draft from: another table's, for this county, by this author, from this day on."""
    author = yaml.safe_dump(author, allow_unicode=True, width=1000).splitlines()[0]
    said = {"county": county, "in_force_from": day.isoformat(), "author": author, "sample": "false"}
    for name, value in said.items():
        line = f"{name}: {value}".replace("\\", r"\\")
        text = re.sub(rf"(?m)^{name}:.*$", line, text, count=1)
    return re.sub(r"\A(?:#.*\n)+", "", text)


def _loaded(text: str) -> tuple[Mapping[str, object], yaml.Node]:
    try:
        document, node = read(text, characters=LARGEST, parts=MOST_PARTS, deepest=DEEPEST)
    except DraftError as error:
        raise TableError(f"line {error.line}" if error.line else "table", error.en, error.zh) from None
    if not isinstance(document, dict) or node is None:
        how, zh = "write a mapping with county, in_force_from, author, default and rows", "請依格式寫 county 等欄位"
        raise TableError("line 1", how, zh)
    if len(document.get("rows") or ()) > MOST_ROWS:
        raise TableError("rows", f"write at most {MOST_ROWS} rows", f"規則最多 {MOST_ROWS} 條")
    return document, node


def _unreadable(error: TableError, node: yaml.Node | None) -> Fault:
    if error.where.startswith("line "):
        return Fault("unreadable", _line(error.where, node), (), error.zh, error.how)
    return Fault("unreadable", _line(error.where, node), (), f"{error.where}：{error.zh}", str(error))


def _misplaced(table: DecisionTable, county: str, now: datetime, node: yaml.Node) -> Iterator[Fault]:
    if table.county != county:
        zh, en = f"此頁為 {county} 的決策表，請寫 county: {county}", f"this is {county}'s page: write county: {county}"
        yield Fault("county", _line("county", node), (), zh, en)
    if begins(table.in_force_from) < now + AHEAD:
        first = (now + AHEAD).astimezone(TAIPEI).date() + timedelta(days=1)
        zh, en = (
            f"生效日須在今日之後，請寫 {first} 或更晚",
            f"a table takes effect on a later day: write {first} or later",
        )
        yield Fault("in_force_from", _line("in_force_from", node), (), zh, en)


def _unproved(table: DecisionTable, node: yaml.Node) -> Iterator[Fault]:
    for found in check(table):
        at = _line(f"rows ({found.rows[0]})", node) if found.rows else None
        yield Fault(found.fault, at, found.rows, found.zh, found.en)


def _line(where: str, node: yaml.Node | None) -> int | None:
    """The line of what a TableError calls `rows[3] (D04).when.tipvda`: as deep as the text goes."""
    if where.startswith("line "):
        return int(where.removeprefix("line "))
    if node is None:
        return None
    line = node.start_mark.line
    for number, id, name in _STEP.findall(where):
        if (found := _under(node, number, id, name)) is not None:
            node, line = found
    return line + 1


def _under(node: yaml.Node, number: str, id: str, name: str) -> tuple[yaml.Node, int] | None:
    if isinstance(node, yaml.SequenceNode):
        if number:
            return next(((each, each.start_mark.line) for each in node.value[int(number) : int(number) + 1]), None)
        named = [each for each in node.value if id and _id(each) == id]
        return (named[-1], named[-1].start_mark.line) if named else None
    pairs = node.value if isinstance(node, yaml.MappingNode) and name else ()
    return next(((value, key.start_mark.line) for key, value in pairs if key.value == name), None)


def _id(node: yaml.Node) -> str:
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    return next((str(value.value) for key, value in pairs if key.value == "id"), "")
