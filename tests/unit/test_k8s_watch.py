"""How long a group stood still is counted only while records waited for it."""

import pytest

from tests.k8s import watch


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr(watch.time, "monotonic", lambda: now[0])
    return now


def test_a_stop_lasts_from_the_last_commit_to_the_next_one(at: list[float]) -> None:
    seen = watch.Seen()
    for at[0], done, end in [(1, 10, 10), (2, 20, 30), (3, 20, 40), (9, 20, 90), (10, 90, 90), (11, 90, 90)]:
        seen.note(done, end)
    assert seen.stop == 8
    assert seen.most == 70
    assert seen.stops == [8.0]


def test_having_nothing_to_do_is_no_stop(at: list[float]) -> None:
    seen = watch.Seen()
    for at[0], done, end in [(1, 10, 10), (60, 10, 10), (61, 10, 12), (62, 12, 12)]:
        seen.note(done, end)
    assert seen.stop == 2
