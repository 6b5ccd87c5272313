"""A text in which the people of its report are covered, in whatever width, order, case or spacing it names them."""

import re
from collections.abc import Iterable, Iterator

from contracts.people import Person
from rules.names import alone, plain_phone, written_before
from web.covering import COVER

_NUMBER = re.compile(r"(?<!\d)(?:(?:886|0)9\d{8}|0[2-8]\d{7,8})(?!\d)|[a-z][a-d1289]\d{8}(?!\d)")
"""Of a mobile, a landline, or a national id or residence permit, folded: also of people whom the report leaves out."""
_NOBODY = re.compile(
    r"不詳|不明|未知|未提供|拒答|無名氏?|匿名|某\w{0,2}|案主|個案|案[父母子女]|unknown|anonymous|none|n/?a|[xo?]+|\w姓\w*"
    r"|[^\x00-\x7f]{1,2}[xo]{1,2}|.*[○◯〇*].*|.*(先生|小姐|女士|太太|之[子女])|"
)
"""What is left to be read. Fewer than `rules.nobody` knows: 王小明 is a sample on a form, and somebody in a story."""
_PARTED = re.compile(r"[\s·‧・.\-,，]+")
_SHORTEST_WORD, _SHORTEST_NUMBER, _SHORTEST_ADDRESS = 3, 6, 5
_EVERYWHERE = 8
"""Longest form looked for at every place; of two longer ones that overlap by more than half, one may be missed."""


class _Folded:
    """A text as names are compared, and where in the text each sign of that stands."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._read = alone(text)
        pairs = [(part, place) for place, sign in enumerate(text) for part in self._read[sign]]
        self.signs = "".join(part for part, _ in pairs)
        self.places = [place for _, place in pairs]

    def is_word(self, begin: int, end: int) -> bool:
        """Whether Latin letters stand by themselves: Ana is no part of banana."""
        first, last = self.places[begin], self.places[end - 1]
        beside = self._text[max(first - 1, 0) : first] + self._text[last + 1 : last + 2]
        return not any(sign.isalpha() and self._read[sign].isascii() for sign in beside)

    def without(self, hidden: bytearray) -> str:
        """The text with a cover for each sign of which anything is hidden."""
        covers = {place for place, hides in zip(self.places, hidden, strict=True) if hides}
        return "".join(COVER if place in covers else sign for place, sign in enumerate(self._text))


def covered_text(text: str, people: Iterable[Person]) -> str:
    """The text with its people's names and numbers covered: of a full Chinese name the first sign is left.

    A given name alone, a word of a Latin name, a number or an address is covered whole. Linear in the text.
    """
    folded = _Folded(text)
    hidden = bytearray(len(folded.signs))
    for begin, end in _found(folded, people):
        hidden[begin:end] = b"\1" * (end - begin)
    return folded.without(hidden)


def _found(folded: _Folded, people: Iterable[Person]) -> Iterator[tuple[int, int]]:
    """What is to be covered, without the signs that are left."""
    yield from (each.span() for each in _NUMBER.finditer(folded.signs))
    for form, left in sorted({form for each in people for form in _forms(each)}):
        for begin in _places(folded.signs, form):
            end = begin + len(form)
            if not (form.isascii() and form.isalpha()) or folded.is_word(begin, end):
                yield begin + left, end


def _places(folded: str, form: str) -> Iterator[int]:
    step = 1 if len(form) <= _EVERYWHERE else len(form) // 2
    at = folded.find(form)
    while at >= 0:
        yield at
        at = folded.find(form, at + step)


def _forms(person: Person) -> Iterator[tuple[str, int]]:
    """How a text may name somebody, folded, each with how many signs of it are left to be seen."""
    if person.name and not _NOBODY.fullmatch(written_before(person.name)):
        yield from _names(str(person.name))
    for number in (person.national_id or "", *map(_of_a_line, person.phones)):
        if len(folded := _fold(number)) >= _SHORTEST_NUMBER:
            yield folded, 0
    address = _fold((person.residence and person.residence.address) or "")
    if len(address) >= _SHORTEST_ADDRESS:
        yield address, 0


def _names(name: str) -> Iterator[tuple[str, int]]:
    """The whole name, its words, and what somebody is called at home: 陳怡君 is 怡君, 阿君, 小君 and 君君."""
    whole, words = _fold(name), [_fold(word) for word in _PARTED.split(name)]
    if whole.isascii():
        yield from ((word, 0) for word in (whole, "".join(reversed(words)), *words) if len(word) >= _SHORTEST_WORD)
        return
    yield whole, 1 if len(whole) > 1 else 0
    if len(words) > 1:
        yield from ((word, 0) for word in words if len(word) > 1)
    elif len(whole) > 2:
        yield from ((whole[-2:], 0), (whole[1:], 0))
    if len(whole) > 1:
        yield from ((form, 0) for form in (f"阿{whole[-1]}", f"小{whole[-1]}", whole[-1] * 2))


def _of_a_line(phone: str) -> str:
    """A number without what tells a country from a trunk: 0912345678 and +886 912 345 678 are one line."""
    return plain_phone(phone).removeprefix("0")


def _fold(text: str) -> str:
    read = alone(text)
    return "".join(read[sign] for sign in text)
