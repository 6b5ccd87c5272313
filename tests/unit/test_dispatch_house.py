"""Of dispatch the stores alone speak MongoDB: the linter sees who imports its driver, not who writes its queries."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import dispatch
import pytest

PACKAGE = Path(dispatch.__file__).parent
STORES = ("store.py", "documents.py")
OPERATOR = re.compile(r"\$[a-z][A-Za-z]+")
FILES = sorted(path for path in PACKAGE.rglob("*.py") if path.name not in STORES)


def operators(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and OPERATOR.fullmatch(node.value):
            yield node.value


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_query_is_written_outside_a_store(path: Path) -> None:
    assert list(operators(path)) == []


def test_a_store_writes_queries() -> None:
    assert all(list(operators(path)) for path in PACKAGE.rglob("*.py") if path.name in STORES)
