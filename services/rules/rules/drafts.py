"""YAML that a person writes into a page: refused with its line before it can take memory, time or the process.

A few lines of aliases stand for gigabytes, brackets in brackets end a process, a number of 100,000 digits is worked out
for minutes, and of two equal keys YAML keeps the last without a word.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Signs that embed, override or isolate a direction: a name with U+202E would be read backwards with all after it."""
DIGITS = 18
_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class DraftError(Exception):
    """A text that is not read: its line (from 1), where that is known, and how to correct it."""

    def __init__(self, line: int | None, en: str, zh: str) -> None:
        super().__init__(f"line {line}: {en}" if line else en)
        self.line, self.en, self.zh = line, en, zh


def read(
    text: str, *, characters: int, parts: int, deepest: int, references: bool = False
) -> tuple[object, yaml.Node | None]:
    """What a text says, and its nodes, which know their lines; both nothing for an empty one. Raises DraftError.

    At most so many characters, so many parts (a key, a value, a bracket: each is one), and so many of them within each
    other, however often `references` (`*name`) repeat them; no key twice, no number of more than 18 signs, no sign that
    turns the direction of a line.
    """
    if len(text) > characters:
        raise DraftError(None, f"write at most {characters:,} characters", f"最多 {characters:,} 字")
    _refuse_turned_lines(text)
    try:
        _refuse_bombs(text, parts, deepest, references)
        node = yaml.compose(text, _LOADER)
        if node is not None:
            _refuse_repeated_keys(node)
            _refuse_large_numbers(node)
        return yaml.load(text, _LOADER), node  # noqa: S506 (a safe loader, with or without libyaml)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        said = error.problem or error.context
        raise DraftError(line, f"correct the YAML: {said}", f"YAML 格式有誤：{said}") from None
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError) as error:
        raise DraftError(None, f"correct the YAML: {str(error)[:200]}", "YAML 格式有誤，請檢查") from None


def _refuse_turned_lines(text: str) -> None:
    """What the second person reads must be what is decided by: a line that runs backwards shows something else."""
    if found := TURNS.search(text):
        at = text.count("\n", 0, found.start()) + 1
        how = f"take out the invisible sign U+{ord(found[0]):04X}, which turns the direction of a line"
        raise DraftError(at, how, f"請刪除看不見的符號 U+{ord(found[0]):04X}，它會使文字反向顯示")


def _refuse_bombs(text: str, parts: int, deepest: int, references: bool) -> None:
    """Weigh a text as it would be with each reference written out: how many parts, how deep."""
    named, open_ = dict[str, _Weight](), [_Weight(None)]
    for event in yaml.parse(text, _LOADER):
        at = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.CollectionEndEvent):
            closed = open_.pop()
            open_[-1].add(closed.parts, closed.height)
            if closed.name:
                named[closed.name] = closed
        elif isinstance(event, yaml.CollectionStartEvent):
            open_.append(_Weight(event.anchor))
        elif isinstance(event, yaml.ScalarEvent):
            open_[-1].add(1, 0)
            if event.anchor:
                named[event.anchor] = _Weight(event.anchor)
        elif isinstance(event, yaml.AliasEvent):
            if not references:
                raise DraftError(at, "write it out instead of an alias (*)", "請直接寫出內容，不用別名（*）")
            if any(each.name == event.anchor for each in open_):
                raise DraftError(
                    at, f"*{event.anchor} refers to itself: write it out", f"*{event.anchor} 指向自身，請直接寫出"
                )
            # What refers to nothing is the reader's to refuse.
            meant = named.get(event.anchor or "", _Weight(None))
            open_[-1].add(meant.parts, meant.height)
        if len(open_) - 1 + open_[-1].height > deepest or sum(each.parts for each in open_) > parts:
            raise DraftError(at, "write fewer parts, nested less deeply", "內容過多或巢狀過深，請依格式填寫")


@dataclass(slots=True)
class _Weight:
    """A bracket, or a value, with what stands in it: its parts, itself too, and how many brackets deep they stand."""

    name: str | None
    parts: int = 1
    height: int = 0

    def add(self, parts: int, height: int) -> None:
        self.parts, self.height = self.parts + parts, max(self.height, height + 1)


def _refuse_repeated_keys(node: yaml.Node) -> None:
    """A condition would be lost."""
    for each in _nodes(node):
        first: dict[object, int] = {}
        for key, _ in each.value if isinstance(each, yaml.MappingNode) else ():
            if isinstance(key, yaml.ScalarNode) and (seen := first.get(key.value)):
                line, name = key.start_mark.line + 1, key.value[:40]
                raise DraftError(
                    line, f"{name} stands in line {seen} already: drop one", f"第 {seen} 行已有 {name}：請刪除其一"
                )
            if isinstance(key, yaml.ScalarNode):
                first[key.value] = key.start_mark.line + 1


def _refuse_large_numbers(node: yaml.Node) -> None:
    """They would be worked out digit by digit, and no database holds them."""
    for each in _nodes(node):
        if isinstance(each, yaml.ScalarNode) and each.tag in _NUMBERS and len(each.value) > DIGITS:
            line = each.start_mark.line + 1
            raise DraftError(line, f"write a number of at most {DIGITS} digits", f"數字最多 {DIGITS} 位")


def _nodes(node: yaml.Node) -> Iterator[yaml.Node]:
    pending = [node]
    while pending:
        yield (each := pending.pop())
        if isinstance(each, yaml.MappingNode):
            pending += [part for pair in each.value for part in pair]
        elif isinstance(each, yaml.SequenceNode):
            pending += each.value
