"""A programme read from YAML: every error with its line, what is wrong there, and how to correct it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from pydantic import ValidationError
from rules import drafts
from rules.drafts import DraftError
from yaml.nodes import MappingNode, Node, SequenceNode

from network.programmes.domain.checking import check
from network.programmes.domain.faults import Fault
from network.programmes.domain.grammar import Programme

CHARACTERS, PARTS, DEEPEST = 100_000, 20_000, 12
"""Most a programme may have; of those that are shipped none has 4,000 characters, 500 parts, or nests deeper than 6."""
FOLDER = files("network") / "rules" / "programmes"


@dataclass(frozen=True)
class Wrong:
    """One thing to correct: the line of the file, the path that stands there, and how."""

    line: int
    path: str
    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.line}: {self.path}: {self.en}"


class ProgrammeError(Exception):
    """A programme that is not taken, with everything that is wrong with it."""

    def __init__(self, name: str, wrong: tuple[Wrong, ...]) -> None:
        super().__init__("\n".join(f"{name}:{each}" for each in wrong))
        self.name, self.wrong = name, wrong


@lru_cache(maxsize=512)
def read(text: str, name: str = "programme.yaml", *, proved: bool = True) -> Programme:
    """A programme that is proved; not `proved` again is one that was published, since a checker that has learnt more
    takes no version from whoever is in it. Raises ProgrammeError."""
    try:
        data, node = drafts.read(text, characters=CHARACTERS, parts=PARTS, deepest=DEEPEST, references=True)
    except DraftError as error:
        raise ProgrammeError(name, (Wrong(error.line or 1, "", error.zh, error.en),)) from None
    lines = dict(_lines(node)) if node else {}
    try:
        programme = Programme.model_validate(data)
    except ValidationError as error:
        raise ProgrammeError(name, tuple(_invalid(error, lines))) from None
    if proved and (faults := check(programme)):
        raise ProgrammeError(name, tuple(_placed(each, lines) for each in faults))
    return programme


@cache
def shipped() -> list[tuple[str, Programme]]:
    """Every version of every programme of the service, with its text. Raises ProgrammeError."""
    found = sorted((each for each in FOLDER.iterdir() if each.name.endswith(".yaml")), key=lambda each: each.name)
    texts = [(each.name, each.read_text("utf-8")) for each in found]
    return [(text, read(text, name)) for name, text in texts]


def _invalid(error: ValidationError, lines: Mapping[str, int]) -> Iterator[Wrong]:
    for each in error.errors(include_url=False):
        path = ".".join(str(part) for part in each["loc"])
        en, zh = each["msg"].removeprefix("Value error, "), each["msg"].removeprefix("Value error, ")
        if each["type"] == "extra_forbidden":
            en, zh = "there is no such word here: correct it or drop it", "此處沒有這個詞：請更正或刪除"
        elif each["type"] == "missing":
            en, zh = "it is missing: write it", "缺少此項：請補上"
        elif path.startswith("words."):
            en = "write [中文, English], with quotes around words that have a comma"
            zh = "請寫 [中文, English]，含逗號者加引號"
        yield Wrong(_line(path, lines), path, zh, en)


def _placed(fault: Fault, lines: Mapping[str, int]) -> Wrong:
    return Wrong(_line(fault.path, lines), fault.path, fault.zh, fault.en)


def _line(path: str, lines: Mapping[str, int]) -> int:
    """Where a path stands, or what is nearest above it."""
    while path and path not in lines:
        path = path.rpartition(".")[0]
    return lines.get(path, 1)


def _lines(node: Node, path: str = "") -> Iterator[tuple[str, int]]:
    """The line of every path of a file."""
    yield path, node.start_mark.line + 1
    if isinstance(node, MappingNode):
        for key, value in node.value:
            below = f"{path}.{key.value}" if path else str(key.value)
            yield from _lines(value, below)
            yield below, key.start_mark.line + 1
    elif isinstance(node, SequenceNode):
        for at, value in enumerate(node.value):
            yield from _lines(value, f"{path}.{at}")
