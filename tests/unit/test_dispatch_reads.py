"""The board's own pods serve pages and take no part in the group that reads."""

import pytest
from dispatch import app
from dispatch.settings import Settings


@pytest.mark.parametrize(("reads", "subscribed"), [("true", 1), ("false", 0)])
def test_reading_is_a_setting(monkeypatch: pytest.MonkeyPatch, reads: str, subscribed: int) -> None:
    calls: list[object] = []
    monkeypatch.setattr(app.consumers, "subscribe", lambda *given: calls.append(given))
    app.create_app(Settings.without_secrets(reads=reads))
    assert len(calls) == subscribed
