"""Where a narrative speaks of danger signs: a search for phrases, which reads no meaning and decides nothing."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

_GAP = r"[^，。；、！？：\s「」『』不未無沒否]{0,4}"
_FILLING = r"(?:有|曾|再|遭|被|受|以|用|見|發現|明顯|任何|其|想|要|會|意圖)*"
_NOT = re.compile(rf"(?<![有不未沒無法非以得])(?:否認|並未|並無|沒有|未|沒|無|不){_FILLING}$")
"""A denial straight before a phrase; not 不否認 or 有無, and 無法 and 不斷 deny nothing."""
_NO = re.compile(r"(?:[：:（(]\s*)?(?:無|否|沒有|否認)(?=$|[，。；、）)\s])")
"""An answer straight after it, as forms have it: 勒頸：無."""
_BEFORE = 12
MOST_MARKED = 100
"""How often each sign is marked: a page with thousands of marks takes long to draw and shows nobody anything."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a narrative; `sign` is the danger sign that it speaks of, `coded` whether the sender ticked that."""

    text: str
    sign: str | None = None
    coded: bool = False


@dataclass(frozen=True, slots=True)
class Phrases:
    """How narratives tell of each danger sign; `only` are the case types in which a sign is looked for unasked."""

    verified: bool
    of: Mapping[str, re.Pattern[str]]
    only: Mapping[str, frozenset[str]]

    def passages(self, text: str, coded: Collection[str], case_type: str) -> list[Passage]:
        """The whole text in pieces, in its order. What was ticked is marked before what was not."""
        unasked = [sign for sign in self.of if sign not in coded and case_type in self.only.get(sign, {case_type})]
        found: list[tuple[int, int, Passage]] = []
        taken = bytearray(len(text))  # sign by sign, so that a text of one word takes no longer than another
        for signs in ([sign for sign in coded if sign in self.of], unasked):
            for start, end, sign in sorted(self._found(text, signs), key=lambda each: (each[0], -each[1])):
                if not any(taken[start:end]):
                    taken[start:end] = b"\1" * (end - start)
                    found.append((start, end, Passage(text[start:end], sign, sign in coded)))
        return list(_whole(text, sorted(found, key=lambda each: each[0])))

    def _found(self, text: str, signs: Collection[str]) -> Iterator[tuple[int, int, str]]:
        for sign in signs:
            spans = (match.span() for match in self.of[sign].finditer(text))
            said = (span for span in spans if not _denied(text, *span))
            yield from ((start, end, sign) for start, end in islice(said, MOST_MARKED))


def parse_phrases(document: Mapping[str, Any], names: Mapping[str, str]) -> Phrases:
    """The setting from its YAML; each sign's own name is a phrase of it."""
    signs = document["danger_signs"]
    if unknown := sorted(set(signs) - set(names)):
        raise ValueError(f"no danger sign: {', '.join(unknown)}")
    return Phrases(
        verified=document.get("verified", True) is True,
        of={sign: _pattern([name, *signs.get(sign, {}).get("phrases", ())]) for sign, name in names.items()},
        only={sign: frozenset(one["case_types"]) for sign, one in signs.items() if "case_types" in one},
    )


def _pattern(phrases: Collection[str]) -> re.Pattern[str]:
    """Any of the phrases, the longest first."""
    longest = sorted(phrases, key=len, reverse=True)
    return re.compile("|".join(_GAP.join(map(re.escape, phrase.split("*"))) for phrase in longest))


def _denied(text: str, start: int, end: int) -> bool:
    return bool(_NOT.search(text[max(0, start - _BEFORE) : start]) or _NO.match(text, end))


def _whole(text: str, taken: Collection[tuple[int, int, Passage]]) -> Iterator[Passage]:
    at = 0
    for start, end, passage in taken:
        if start > at:
            yield Passage(text[at:start])
        yield passage
        at = end
    if at < len(text):
        yield Passage(text[at:])
