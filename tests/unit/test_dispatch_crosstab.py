"""Hiding small counts: nobody can compute a hidden one, whatever the table."""

from collections.abc import Iterator
from datetime import date
from functools import cache
from io import BytesIO
from itertools import permutations
from random import Random
from time import process_time

import pytest
from dispatch.domain.period import Period
from dispatch.figures import crosstab, grids
from dispatch.figures.crosstab import Axes
from dispatch.figures.dimensions import Dimension
from hypothesis import given, settings
from hypothesis import strategies as st
from kit.problems import Unprocessable
from openpyxl import load_workbook
from rules import crossing
from rules.suppression import SMALLEST, Place, hidden, stepped
from web.files import MOST_IN_A_CELL, as_csv, as_xlsx

DAYS = Period("chiayi-county", date(2021, 1, 1), date(2021, 12, 31))
ASKED = Axes(Dimension.TOWNSHIP, Dimension.OUTCOME)
Table = list[list[int]]


def with_totals(cells: Table) -> Table:
    table = [[*row, sum(row)] for row in cells]
    return [*table, [sum(column) for column in zip(*table, strict=True)]]


@cache
def cycles(rows: int, columns: int) -> tuple[tuple[tuple[Place, int], ...], ...]:
    """Every way to add and take away along a table and its totals that keeps each sum, as (place, +1 or -1).

    A total counts against its cells, so its sign is turned.
    """
    return tuple(_signed(walk, rows, columns) for walk in _walks(rows, columns))


def _walks(rows: int, columns: int) -> Iterator[list[tuple[Place, int]]]:
    for many in range(2, min(rows, columns) + 1):
        for chosen in (each for each in permutations(range(rows), many) if each[0] == min(each)):
            for order in permutations(range(columns), many):
                nexts = [*order[1:], order[0]]
                ups = [((row, column), 1) for row, column in zip(chosen, order, strict=True)]
                yield ups + [((row, column), -1) for row, column in zip(chosen, nexts, strict=True)]


def _signed(walk: list[tuple[Place, int]], rows: int, columns: int) -> tuple[tuple[Place, int], ...]:
    return tuple(((i, j), sign if (i == rows - 1) == (j == columns - 1) else -sign) for (i, j), sign in walk)


def uncertain(table: Table, hide: frozenset[Place]) -> set[Place]:
    """The places of hidden counts for which another table, shown alike, has a count that differs by SMALLEST.

    The other table is built and checked, so this proves that the count cannot be computed, however it was found.
    """
    found: set[Place] = set()
    for cycle in cycles(len(table), len(table[0])):
        for way in (1, -1) if {place for place, _ in cycle} <= hide else ():
            other = [list(row) for row in table]
            for (i, j), sign in cycle:
                other[i][j] += way * sign * SMALLEST
            if min(map(min, other)) >= 0 and other == with_totals([row[:-1] for row in other[:-1]]):
                found |= {place for place, _ in cycle}
    return found


counts = st.one_of(st.integers(0, 12), st.integers(0, 4), st.integers(5, 900))
tables = st.tuples(st.integers(1, 4), st.integers(1, 3)).flatmap(
    lambda size: st.lists(st.lists(counts, min_size=size[1], max_size=size[1]), min_size=size[0], max_size=size[0])
)


@settings(max_examples=400, deadline=None)
@given(tables)
def test_no_hidden_count_can_be_computed_from_what_is_shown(cells: Table) -> None:
    table = with_totals(cells)
    hide = hidden(table)
    assert uncertain(table, hide) == hide


@given(tables)
def test_every_small_count_is_hidden_totals_too(cells: Table) -> None:
    table = with_totals(cells)
    hide = hidden(table)
    assert all((i, j) in hide for i, row in enumerate(table) for j, count in enumerate(row) if count < SMALLEST)


@given(tables)
def test_a_table_without_small_counts_is_shown_whole(cells: Table) -> None:
    assert hidden(with_totals([[count + SMALLEST for count in row] for row in cells])) == frozenset()


def test_hiding_the_small_count_alone_would_give_it_away() -> None:
    """The property has teeth: what hides just the small count, or one more in its row, is found out."""
    table = with_totals([[3, 40, 20], [50, 60, 30], [70, 80, 90]])
    assert uncertain(table, frozenset({(0, 0)})) == set()
    assert uncertain(table, frozenset({(0, 0), (0, 2)})) == set()
    assert hidden(table) == {(0, 0), (0, 2), (1, 0), (1, 2)}


def test_two_blocks_that_one_count_joins_do_not_hide_it() -> None:
    """Every row and column hides two counts, and still one of them could be computed."""
    cells = [[9, 9, 90, 90], [9, 9, 2, 90], [90, 90, 9, 9], [90, 90, 9, 9]]
    joined = {(i, j) for i, row in enumerate(cells) for j, count in enumerate(row) if count < 90}
    table = with_totals(cells)
    assert (1, 2) not in uncertain(table, frozenset(joined))
    assert (1, 2) in uncertain(table, hidden(table))


def test_totals_stay_where_cells_can_hide_each_other() -> None:
    table = with_totals([[1, 30, 30], [30, 2, 30], [30, 30, 3]])
    assert all(i < 3 and j < 3 for i, j in hidden(table))


def test_a_large_sparse_table_is_hidden_in_seconds() -> None:
    random = Random(1)
    table = with_totals([[random.choice((0, 0, 0, 1, 2, 9, 60)) for _ in range(24)] for _ in range(crossing.MOST)])
    began = process_time()
    assert hidden(table)
    assert process_time() - began < 10


# --- the table -----------------------------------------------------------------------------------------------------


def found(*counted: tuple[str, str, int]) -> list[dict[str, object]]:
    return [{"_id": {"row": row, "column": column}, "reports": reports} for row, column, reports in counted]


def test_rare_townships_are_gathered_and_not_named() -> None:
    rows = found(("民雄鄉", "protection", 20), ("王小明的家", "protection", 2), ("陳先生隔壁", "protection", 4))
    table = crosstab.tabulated(DAYS, ASKED, rows)
    assert [each.value for each in table.row_values] == ["民雄鄉", "other"]
    assert [each.count for each in table.row_totals] == [20, 5]


def test_of_many_townships_the_rarest_are_gathered() -> None:
    rows = found(*((f"town-{number}", "protection", 10 + number) for number in range(60)))
    table = crosstab.tabulated(DAYS, ASKED, rows)
    assert len(table.row_values) == crossing.MOST + 1
    assert table.row_totals[-1].count == stepped(sum(range(10, 30)))


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "＝1", "|cmd"])
def test_a_township_that_looks_like_a_formula_is_text_in_a_spreadsheet(name: str) -> None:
    table = crosstab.tabulated(DAYS, ASKED, found((name, "protection", 20)))
    rows = grids.cross_tabulation(table, "en").lines
    assert as_csv(rows).decode().splitlines()[1].lstrip('"').startswith("'")
    [cell] = [row[0] for row in load_workbook(BytesIO(as_xlsx(rows))).active.iter_rows(min_row=2, max_row=2)]
    assert cell.data_type == "s"
    assert cell.value.startswith("'")


def test_a_spreadsheet_is_told_in_the_language_asked_for() -> None:
    table = crosstab.tabulated(DAYS, ASKED, found(("民雄鄉", "protection", 20), ("民雄鄉", "duplicate", 3)))
    zh, en = (
        as_csv(grids.cross_tabulation(table, lang).lines).decode("utf-8-sig").splitlines() for lang in ("zh", "en")
    )
    assert zh[0] == "鄉鎮市區 township,派保護 protection,重複通報 duplicate,合計 total"
    assert zh[1:] == ["民雄鄉,*,*,20", "合計 total,*,*,20"]
    assert en[0] == "township,Protection,Duplicate,total"


@given(st.permutations(range(12)))
def test_the_order_in_which_rows_are_found_changes_nothing(order: list[int]) -> None:
    rows = found(*((f"town-{n % 4}", ("protection", "duplicate", "pending")[n // 4], n * 3) for n in range(12)))
    assert crosstab.tabulated(DAYS, ASKED, [rows[n] for n in order]) == crosstab.tabulated(DAYS, ASKED, rows)


# --- one and three dimensions --------------------------------------------------------------------------------------

SPLIT = Axes(Dimension.TOWNSHIP, Dimension.OUTCOME, Dimension.SOURCE_UNIT)


def split(*counted: tuple[str, str, str, int]) -> list[dict[str, object]]:
    return [{"_id": {"row": r, "by": b, "column": c}, "reports": reports} for r, b, c, reports in counted]


def test_split_rows_have_every_pair_and_no_sums_between() -> None:
    rows = split(("民雄鄉", "police", "protection", 30), ("布袋鎮", "medical", "protection", 40))
    table = crosstab.tabulated(DAYS, SPLIT, rows)
    pairs = [(row.value, by.value) for row, by in zip(table.row_values, table.by_values, strict=True)]
    assert pairs == [(town, unit) for town in ("布袋鎮", "民雄鄉") for unit in ("police", "medical")]
    assert table.cells[0][0].suppressed, "a pair without reports is as small as one with four"


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(counts, min_size=2, max_size=2), min_size=4, max_size=4))
def test_no_hidden_count_of_three_dimensions_can_be_computed(cells: Table) -> None:
    places = [(town, unit) for town in ("一", "二") for unit in ("police", "medical")]
    rows = split(
        *(
            (*place, outcome, count + SMALLEST * 9 * (place == places[0]))
            for place, row in zip(places, cells, strict=True)
            for outcome, count in zip(("protection", "duplicate"), row, strict=True)
        )
    )
    table = crosstab.tabulated(DAYS, Axes(Dimension.NEED, Dimension.OUTCOME, Dimension.SOURCE_UNIT), rows)
    shown = [[*row, total] for row, total in zip(table.cells, table.row_totals, strict=True)]
    shown.append([*table.column_totals, table.total])
    hide = frozenset((i, j) for i, row in enumerate(shown) for j, each in enumerate(row) if each.suppressed)
    known = {
        (row, by, column): count
        for row, by, column, count in (
            (*(each["_id"][name] for name in ("row", "by", "column")), each["reports"]) for each in rows
        )
    }
    real = with_totals(
        [
            [known[row.value, by.value, column.value] for column in table.column_values]
            for row, by in zip(table.row_values, table.by_values, strict=True)
        ]
    )
    assert uncertain(real, hide) == hide


def test_one_dimension_is_a_column_of_counts() -> None:
    rows = found(("民雄鄉", "", 20), ("布袋鎮", "", 3), ("朴子市", "", 30))
    table = crosstab.tabulated(DAYS, Axes(Dimension.CASE_TYPE, None), rows)
    assert [each.count for each in table.row_totals].count(None) >= 2 or table.total.suppressed
    assert grids.cross_tabulation(table, "en").lines[0] == ["case type", "total"]


def test_a_table_too_large_to_hide_in_is_refused() -> None:
    rows = split(
        *((f"{town}", f"{unit}", f"{hour}", 9) for town in range(20) for unit in range(9) for hour in range(10))
    )
    with pytest.raises(Unprocessable):
        crosstab.tabulated(DAYS, Axes(Dimension.HOUR, Dimension.WEEKDAY, Dimension.SOURCE_UNIT), rows)


def test_a_text_that_no_cell_holds_says_where_it_ends() -> None:
    rows = [("head",), ("字" * MOST_IN_A_CELL,), ("字" * (MOST_IN_A_CELL + 1),)]
    sheet = load_workbook(BytesIO(as_xlsx(rows))).active
    fits, cut = (row[0].value for row in sheet.iter_rows(min_row=2))
    assert (len(fits), fits[-1]) == (MOST_IN_A_CELL, "字")
    assert (len(cut), cut[-1]) == (MOST_IN_A_CELL, "…")
