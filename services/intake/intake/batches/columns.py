"""From the cells of a row to a report as an agency would post it: headings and words in Chinese, or the codes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from contracts.codes import names
from contracts.words import CASE_TYPES, SEXES

from intake.batches.cells import fold, value_of
from intake.batches.headings import Template, plain
from intake.reading import refusal
from intake.rules import data

REPORTS, ROSTER = "reports", "roster"
"""What the rows of a file are."""
SUBJECT, OTHER = "subject", "alleged_perpetrator"
TOOL = "tipvda"
_SHORT = {"event.": "", "people.0": SUBJECT, "people.1": OTHER, "assessments.0": TOOL}


@dataclass(frozen=True)
class Column:
    """Where a cell goes, and how it is read."""

    path: tuple[str, ...]
    kind: str
    words: Mapping[str, Any]
    headings: tuple[str, ...]

    @property
    def at(self) -> str:
        return "/" + "/".join(self.path)


@cache
def columns(kind: str = REPORTS) -> tuple[Column, ...]:
    """Every column that a file of a kind may have, in the template's order."""
    return tuple(
        Column(tuple(row["path"].split(".")), row["kind"], _words(row.get("of", row["kind"])),
               (*row["zh"], *dict.fromkeys((row["path"], _flat(row["path"])))))
        for row in data("roster_columns" if kind == ROSTER else "columns")
    )  # fmt: skip


def _flat(path: str) -> str:
    """A path as a database would name its column: `subject_name` for `people.0.name`."""
    for long, short in _SHORT.items():
        path = path.replace(long, short)
    return path.replace(".", "_")


@cache
def template_of(kind: str) -> Template:
    """The template of a kind of file."""
    known = frozenset(plain(heading) for column in columns(kind) for heading in column.headings)
    return Template(known, "/v1/batches/template.csv" + (f"?kind={ROSTER}" if kind == ROSTER else ""))


def headed(headings: Sequence[str], kind: str = REPORTS) -> tuple[list[Column | None], list[int]]:
    """The columns that a file's headings name, and the positions (from 1) of those that are unknown or repeated.

    A column without a heading is None: it may be there, as a margin, as long as it is empty.
    """
    known = {plain(heading): column for column in columns(kind) for heading in column.headings}
    found = [known.get(plain(heading)) for heading in headings]
    named = list(zip(headings, found, strict=True))
    wrong = [place for place, (heading, column) in enumerate(named, 1)
             if heading.strip() and (column is None or column in found[: place - 1])]  # fmt: skip
    return found, wrong


def report_of(columns: Sequence[Column | None], cells: Sequence[str]) -> dict[str, Any]:
    """The report in a row. Empty cells are left out; there is always a subject, known or not.

    Raises Unprocessable, which names every cell that cannot be read.
    """
    tree: dict[str, Any] = {"people": {"0": {"role": SUBJECT}}}
    _tell(tree, columns, cells)
    if other := tree["people"].get("1"):
        other["role"] = OTHER
    tree["people"] = [tree["people"][place] for place in sorted(tree["people"])]
    if score := tree.get("assessments"):
        tree["assessments"] = [{"tool": TOOL} | score["0"]]
    return tree


def entry_of(columns: Sequence[Column | None], cells: Sequence[str]) -> dict[str, Any]:
    """The roster entry in a row. Empty cells are left out. Raises Unprocessable as `report_of` does."""
    tree: dict[str, Any] = {}
    _tell(tree, columns, cells)
    return tree


def _tell(tree: dict[str, Any], columns: Sequence[Column | None], cells: Sequence[str]) -> None:
    wrong: dict[str, str] = {}
    for column, cell in zip(columns, cells, strict=False):
        if column and (text := cell.strip()):
            try:
                value = value_of(text, column.kind, column.words)
            except ValueError as error:
                wrong[column.at] = str(error).partition(":")[0]
            else:
                if value is not None:
                    _put(tree, column.path, value)
    if wrong:
        raise refusal(wrong)


def column_at(pointer: str, kind: str = REPORTS) -> Column | None:
    """The column that a JSON pointer into a row leads to."""
    return max((each for each in columns(kind) if (pointer + "/").startswith(each.at + "/")), default=None, key=_depth)


def _depth(column: Column) -> int:
    return len(column.path)


def _put(tree: dict[str, Any], path: Sequence[str], value: object) -> None:
    *way, last = path
    for step in way:
        tree = tree.setdefault(step, {})
    tree[last] = value


def _words(of: str) -> Mapping[str, Any]:
    """The words of a list, and its codes as people may write them."""
    coded = {word: str(code) for code, said in _CODED.get(of, ()) for word in (said.zh, said.short)}
    told: Mapping[str, Any] = coded | (data("words").get(of) or {zh: code for code, zh in _listed(of).items()})
    codes = {code: code for code in told.values() if isinstance(code, str)}
    return {fold(word): code for word, code in (codes | dict(told)).items()}


def _listed(of: str) -> Mapping[str, str]:
    return names(of, date.max) if of in _LISTS else {}


_CODED = {"case_types": tuple(CASE_TYPES.items()), "sexes": tuple(SEXES.items())}
_LISTS = ("care_load", "counties", "kinds", "danger_signs", "crisis_grades", "conditions", "needs", "relations")
