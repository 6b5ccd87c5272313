"""What is wrong in a programme's file: where, and how to correct it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from network.programmes.domain.grammar import Programme


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at a path of the file (`stages.guided.next`), and how to correct it."""

    path: str
    zh: str
    en: str


def fact_unknown(fact: str, value: object, where: str, programme: Programme) -> Iterator[Fault]:
    if (known := programme.facts.get(fact)) is None:
        yield unknown(where, fact, programme.facts)
    elif known.kind == "code" and value not in known.values:
        yield unknown(where, str(value), known.values)


def unknown(where: str, code: str, known: Iterable[str]) -> Fault:
    names = ", ".join(known)
    return Fault(where, f"沒有「{code}」；可用：{names}", f"there is no {code}; write one of {names}")
