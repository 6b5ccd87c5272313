"""The suite itself: what tests share is in files of its own, never in a test."""

import fcntl
import gc
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import sleep

import pytest

from tests import alone, needs

TESTS = Path(__file__).parents[1]
FROM_A_TEST = re.compile(r"^\s*(?:from|import) (tests\.(?:\w+\.)*(?:test_\w+|conftest)\b.*)$", re.MULTILINE)


def test_nothing_is_imported_from_a_test() -> None:
    found = {
        str(path.relative_to(TESTS)): FROM_A_TEST.findall(path.read_text(encoding="utf-8"))
        for path in TESTS.rglob("*.py")
    }
    assert {path: lines for path, lines in found.items() if lines} == {}


@pytest.mark.parametrize(("require_real", "ends"), [("1", pytest.fail.Exception), ("", pytest.skip.Exception)])
def test_what_a_machine_lacks_is_named_and_where_all_is_asked_for_it_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, require_real: str, ends: type[Exception]
) -> None:
    monkeypatch.setenv("REQUIRE_REAL", require_real)
    with pytest.raises(ends, match="needs a browser"):
        needs.left_out("a browser")


@pytest.mark.timeout(20)
def test_who_waits_to_run_alone_comes_before_whoever_comes_later(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(alone, "CACHE", tmp_path)
    came: list[str] = []

    def come(name: str) -> None:
        with alone.place(alone=name == "alone"):
            came.append(name)

    with ThreadPoolExecutor() as pool:
        with alone.place(alone=False), alone.place(alone=False):
            first = pool.submit(come, "alone")
            while not _locked(tmp_path / "tests.door"):
                sleep(0.01)
            second = pool.submit(come, "later")
            sleep(0.05)
            assert came == []
        first.result(10), second.result(10)
    assert came == ["alone", "later"]


def test_what_services_cost_in_tests_is_what_they_cost_when_served() -> None:
    assert gc.get_threshold()[0] > 10_000
    assert gc.get_freeze_count() > 100_000


def _locked(path: Path) -> bool:
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False
