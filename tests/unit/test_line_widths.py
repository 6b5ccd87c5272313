"""A template is code: none of its lines is wider than a line of Python may be."""

from pathlib import Path

import pytest

SERVICES = Path(__file__).parents[2] / "services"
WIDEST = 120
HOLDING = ("dispatch", "intake", "network", "web")
FILES = [path for name in HOLDING for path in (SERVICES / name).rglob("*") if path.suffix in (".html", ".py")]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SERVICES)))
def test_no_line_is_wider_than_the_rest_of_the_code(path: Path) -> None:
    lines = enumerate(path.read_text("utf-8").splitlines(), 1)
    assert {number: len(line) for number, line in lines if len(line) > WIDEST} == {}


def test_the_templates_of_every_room_are_looked_at() -> None:
    rooms = {path.parents[1].name for path in FILES if path.suffix == ".html"}
    assert {"site", "board", "figures", "publishing"} <= rooms
