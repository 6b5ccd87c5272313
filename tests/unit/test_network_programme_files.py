"""Files about a programme read, and the lists of others beside ours: every difference by id."""

import io
from collections.abc import Iterator

import pytest
from kit.problems import TooLarge, Unprocessable
from network.programmes import files
from network.programmes.comparing import compared
from network.programmes.files import MOST_BYTES, MOST_ROWS, lines
from openpyxl import Workbook

HEADS = "身分證字號,日期,金額,序號"


def test_a_file_is_read_as_a_bank_writes_it_whatever_its_letters() -> None:
    text = f'{HEADS}\nA123456789,115/02/05,"1,250",b-1\n\nB123456780,2026-02-06,500,b-2\n'
    for content in (text.encode(), text.encode("utf-8-sig"), text.encode("cp950")):
        found = lines(content, {"金額": "deposit_twd"})
        assert [(each.number, each["national_id"], each["deposit_twd"]) for each in found] == [
            (2, "A123456789", "1,250"), (4, "B123456780", "500"),
        ]  # fmt: skip
    assert found[0]["date"] == "115/02/05" and found[0]["name"] == ""


def test_a_workbook_is_read_by_its_first_sheet_that_is_shown() -> None:
    book = Workbook()
    book.active.append(HEADS.split(","))  # type: ignore[union-attr]
    book.active.append(["A123456789", "2026-02-05", 1250, "b-1"])  # type: ignore[union-attr]
    kept = io.BytesIO()
    book.save(kept)
    [line] = lines(kept.getvalue(), {"金額": "deposit_twd"})
    assert (line.number, line["deposit_twd"], line["reference"]) == (2, "1250", "b-1")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04broken", b"a,b\n1,2\n", b"\xff\xfe\x00\x01"])
def test_what_is_no_such_file_is_refused_with_how_to_send_one(content: bytes) -> None:
    with pytest.raises(Unprocessable) as refused:
        lines(content)
    assert refused.value.errors[0]["at"] == "/body/file"


def test_files_have_bounds() -> None:
    for content in (b"x" * (MOST_BYTES + 1), b"national_id\n" + b"a\n" * (MOST_ROWS + 1)):
        with pytest.raises(TooLarge):
            lines(content)


def of(numbers: range, prefix: str) -> dict[str, frozenset[str]]:
    return {f"{prefix}-{each}": frozenset({f"id:{each}", f"name:{each}"}) for each in numbers}


def test_court_40_police_37_ours_38_each_difference_by_id_on_both_sides() -> None:
    """Chiayi City and Kaohsiung decks 2023: lists are checked case by case; the numbers are the item's (52)."""
    court, police, ours = of(range(40), "c"), of(range(3, 40), "p"), of(range(2, 40), "e")
    found = compared({"court": court, "police": police}, ours)
    assert found.counts == {"court": 40, "police": 37, "ours": 38}
    assert found.not_here == {"court": ["c-0", "c-1"], "police": []}
    assert found.not_there == {"court": [], "police": ["e-2"]}
    assert found.alone == {"court": ["c-0", "c-1", "c-2"], "police": []}
    assert len(found.alike) == 37 and "e-2" not in found.alike


def test_whom_nobody_can_recognise_is_named_too() -> None:
    found = compared({"court": {"c-1": frozenset(), "c-2": frozenset({"id:2"})}}, {"e-9": frozenset()})
    assert (found.not_here, found.not_there, found.alike) == ({"court": ["c-1", "c-2"]}, {"court": ["e-9"]}, [])


def test_no_more_rows_are_read_than_may_be_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(_: bytes) -> Iterator[tuple[int, list[str]]]:
        yield 1, ["name"]
        yield from ((number, ["x"]) for number in range(2, MOST_ROWS + 3))
        raise AssertionError("read on")

    monkeypatch.setattr(files, "_csv", endless)
    with pytest.raises(TooLarge):
        lines(b"")
