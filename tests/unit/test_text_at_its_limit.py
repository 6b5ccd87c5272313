"""Every function that reads text, on the worst text that the contract allows: twice as much takes twice as long."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import process_time
from typing import Any

import pytest
from contracts.people import Person, Role, fold_id
from contracts.times import read_day
from dispatch.policy import danger_phrases
from dispatch.site import words
from dispatch.site.covered import covered_text
from intake.domain.national_id import check_digit_holds
from intake.domain.phones import recognised
from rules import names
from rules.places import is_township, is_village
from rules.spreadsheets import harmless
from web.covering import covered

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


def readings() -> Iterator[Any]:
    for piece in ("勒頸", "殺", "不有再", "勒", "勒住其", "：無", "未曾", "瘀傷", "x"):
        yield pytest.param(Reading(passages, piece), id=f"passages {piece}")
    for piece in ("王", "小王", "王 ", "ana ", "a", "0", "09", "0912", "a1", "\u200b", "(", "ﷺ"):
        yield pytest.param(Reading(covering, piece), id=f"covered_text {piece!a}")
    of_names = (names.plain_name, names.stated_name, names.folded, names.syllables, names.sound, names.plain_phone,
                names.plain_address, covered, words.covered, fold_id, recognised, check_digit_holds,
                is_township, is_village, harmless)  # fmt: skip
    for of in of_names:
        for piece in ("姓", "x", "o", "先生", "某", "0", "十", "一", " ", "a ", ".", "鄉", "5鄰", "號1", "#"):
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
