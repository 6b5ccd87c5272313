"""Whoever reads a topic has decided about each of its events: it does something, or is named as ignored."""

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from contracts.event import Event

from contracts import topics

READERS = sorted({reader for topic in topics.ALL for reader in topic.readers})


def read_by(reader: str) -> set[type[Event]]:
    return {event for topic in topics.ALL if reader in topic.readers for event in topic.events}


def ignored_by(reader: str) -> frozenset[type[Event]]:
    named: frozenset[type[Event]] = import_module(f"{reader}.consumers").IGNORED
    return named


def told_apart(reader: str) -> set[str]:
    """The classes that a service's code tells apart, by `match` or `isinstance`."""
    package = Path(str(import_module(reader).__file__)).parent
    return {name for file in package.rglob("*.py") for name in _named(ast.parse(file.read_text("utf-8")))}


def _named(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.MatchClass) and isinstance(node.cls, ast.Name):
            yield node.cls.id
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "isinstance":
            yield from (name.id for name in ast.walk(node.args[1]) if isinstance(name, ast.Name))


@pytest.mark.parametrize("reader", READERS)
def test_a_reader_answers_every_event_that_it_reads_or_names_it_as_ignored(reader: str) -> None:
    undecided = {event.__name__ for event in read_by(reader) - ignored_by(reader)} - told_apart(reader)
    assert not undecided, f"handle it, or add it to IGNORED in {reader}/consumers.py"


@pytest.mark.parametrize("reader", READERS)
def test_no_reader_ignores_what_it_answers_or_never_reads(reader: str) -> None:
    ignored = ignored_by(reader)
    assert ignored <= read_by(reader)
    assert not {event.__name__ for event in ignored} & told_apart(reader)
