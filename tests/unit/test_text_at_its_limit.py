"""Every function that reads text, on the worst text that the contract allows: twice as much takes twice as long."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from time import process_time
from typing import Any

import pytest
from contracts.people import Person, Role, fold_id
from contracts.times import read_day
from dispatch.domain.people.matching import compare
from dispatch.policy import danger_phrases
from dispatch.publishing.draft_text import proved
from dispatch.site import words
from dispatch.site.covered import covered_text
from intake.batches.cells import _CONVERT, fold, value_of
from intake.batches.headings import plain
from intake.domain.national_id import check_digit_holds
from intake.domain.phones import recognised
from network.cases import addresses, bodies
from pydantic import TypeAdapter
from rules import names
from rules.glyphs import is_lost
from rules.names import spellings, written_before
from rules.nobody import is_a_child, is_nobody, masked
from rules.places import is_township, is_village
from rules.spreadsheets import harmless
from web.covering import covered
from web.directions import settled

NARRATIVE, NAME = 20_000, 200
"""The contract's limits. Names are read as if they might be as long as narratives: a quadratic one is then seen."""
CROWD = [
    Person(role=Role.SUBJECT, name="王" * (number + 2), phones=tuple(f"09{number:04}{n:04}" for n in range(10)))
    for number in range(49)
] + [Person(role=Role.SUBJECT, name="Ana Lee Ana")]
SIGNS = ("勒頸", "殺")


@dataclass(frozen=True)
class Reading:
    """A function of a text, and the piece of which its worst text is made."""

    of: Callable[[str], Any]
    piece: str
    head: str = ""
    tail: str = ""

    def text(self, length: int) -> str:
        return self.head + self.piece * (length // len(self.piece)) + self.tail


def passages(text: str) -> Any:
    return danger_phrases().passages(text, ("strangulation",), "child_protection")


def covering(text: str) -> Any:
    return covered_text(text, CROWD)


def compared(text: str) -> Any:
    return compare(Person(role=Role.SUBJECT, name=text[:NAME]), Person(role=Role.SUBJECT, name=text[1:NAME]))


def cell(kind: str) -> Callable[[str], Any]:
    """What a cell of a batch says, or the error that it is answered with."""

    def read(text: str) -> Any:
        with suppress(ValueError):
            return value_of(text, kind, {"yes": True, "no": False})

    read.__name__ = f"cell {kind}"
    return read


def body(field: str) -> Callable[[str], Any]:
    """A field of network's forms, taken or refused."""
    taken = TypeAdapter(getattr(bodies, field))

    def read(text: str) -> Any:
        with suppress(ValueError):
            return taken.validate_python(text)

    read.__name__ = f"body {field}"
    return read


def drafted(text: str) -> Any:
    """A draft whose first words are these: read, or refused in words."""
    return proved(text, "chiayi-county", datetime(2026, 11, 25, tzinfo=UTC)).faults


def readings() -> Iterator[Any]:
    of_cells = [cell(kind) for kind in ("text", *_CONVERT)]
    of_bodies = [body(name) for name in ("Name", "Words", "CodeText", "With", "PartId", "KnownAddress", "Months")]
    for of in (*of_cells, *of_bodies, fold, plain, settled, addresses._street, drafted):
        for piece in (
            "a",
            "0",
            "1,",
            "9",
            " ",
            "、",
            "=",
            '="',
            "[ ",
            "(",
            "□",
            "\u202e",
            "\u200b",
            "ש",
            "縣",
            "路",
            ":1",
            "ﷺ",
            "- ",
        ):
            yield pytest.param(Reading(of, piece), id=f"{of.__name__} {piece!a}")
    for piece in ("勒頸", "殺", "不有再", "勒", "勒住其", "：無", "未曾", "瘀傷", "x"):
        yield pytest.param(Reading(passages, piece), id=f"passages {piece}")
    for piece in ("王", "小王", "王 ", "ana ", "a", "0", "09", "0912", "a1", "\u200b", "(", "ﷺ"):
        yield pytest.param(Reading(covering, piece), id=f"covered_text {piece!a}")
    of_names = (names.plain_name, names.stated_name, names.folded, names.syllables, names.sound, names.plain_phone,
                names.plain_address, covered, words.covered, fold_id, recognised, check_digit_holds,
                is_township, is_village, harmless, is_nobody, is_a_child, masked, is_lost, spellings, written_before,
                names.sounds, compared)  # fmt: skip
    for of in of_names:
        for piece in (
            "姓",
            "x",
            "o",
            "先生",
            "某",
            "0",
            "十",
            "一",
            " ",
            "a ",
            ".",
            "鄉",
            "5鄰",
            "號1",
            "#",
            "之",
            "(",
            "baby ",
            "□",
            "○",
            "&#22531;",
            "đ",
            "1-",
            "二之",
        ):
            yield pytest.param(Reading(of, piece), id=f"{of.__name__} {piece!a}")


@pytest.mark.parametrize("reading", readings())
def test_four_times_the_text_takes_no_more_than_some_four_times_as_long(reading: Reading) -> None:
    """Quadratic would be sixteen times. The shortest of a few runs is taken, and what takes no time is no matter."""
    short, long = (reading.text(length) for length in (NARRATIVE // 4, NARRATIVE))
    reading.of(short)
    base = _took(lambda: reading.of(short))
    assert _took(lambda: reading.of(long)) < 9 * max(base, 0.001)


def _took(work: Callable[[], Any]) -> float:
    found = []
    for _ in range(2):
        began = process_time()
        work()
        found.append(process_time() - began)
    return min(found)


def test_a_day_of_any_length_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match=r"bare_number|not_a_date"):
        read_day("9" * NARRATIVE)
