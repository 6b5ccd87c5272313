"""The client that waits for each answer."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from time import sleep
from types import TracebackType
from typing import Any, Self

import httpx
from contracts.reports import Submission
from contracts.rosters import Roster

from safetynet_client import calls
from safetynet_client.answers import Batch, Receipt, Reconciled, ReportStatus, Row
from safetynet_client.calls import PIECE, Answer, Call, Patience
from safetynet_client.problems import NoAnswer


class SafetyNet:
    """Intake as an agency uses it. `auth` is the agency's key, or where to get tokens (`ClientCredentials`).

    Every method raises a Problem for a refusal and NoAnswer when none came; 429 and 503 are tried again first.
    """

    def __init__(
        self,
        url: str,
        auth: str | httpx.Auth,
        *,
        language: str = "zh-TW",
        patience: Patience | None = None,
        timeout: float = 30,
    ) -> None:
        self._patience = patience or Patience()
        self._http = httpx.Client(**told_of(url, auth, language, timeout))

    def submit(self, report: Submission | Mapping[str, Any], *, idempotency_key: str | None = None) -> Receipt:
        """Post a report; durable once this returns. Without a key a fresh one is used, the same for each attempt."""
        return self._send(calls.submit(report, idempotency_key))

    def amend(self, report_id: str, *, reason: str, **changes: Any) -> ReportStatus:
        """Amend a report: fields as in a report, merged by RFC 7396."""
        return self._send(calls.amend(report_id, reason, changes))

    def status(self, report_id: str) -> ReportStatus:
        """What became of a report."""
        return self._send(calls.status(report_id))

    def reconcile(
        self, day: date, *, sender_refs: Sequence[str] | None = None, sequence: tuple[int, int] | None = None
    ) -> Reconciled:
        """A day's list against what was received: references, or the first and last of the day's numbers."""
        return self._send(calls.reconcile(day, sender_refs, sequence))

    def batch(self, file: Path | bytes, *, type: str | None = None, roster: Roster | None = None) -> Batch:
        """Send a file of reports, or a roster; the same file again gives the same batch."""
        return self._send(calls.send_file(file, type, roster))

    def progress(self, batch_id: str) -> Batch:
        """The progress of a file."""
        return self._send(calls.batch(batch_id))

    def follow(self, batch_id: str, *, every: float = 0.5) -> Iterator[Batch]:
        """The progress of a file, repeatedly until it is done."""
        while not (shown := self.progress(batch_id)).is_done:
            yield shown
            sleep(every)
        yield shown

    def rows(self, batch_id: str, *, state: str | None = None) -> Iterator[Row]:
        """The answer to each row: all, or those `accepted`, `refused` or `repeated`."""
        after: int | None = 0
        while after is not None:
            page = self._send(calls.rows(batch_id, state, after))
            yield from page.rows
            after = page.next

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _send(self, call: Call[Answer]) -> Answer:
        attempt = 0
        while True:
            attempt += 1
            told, broken = None, None
            try:
                told = self._http.request(
                    call.method, call.path, content=_content(call), headers=call.headers, params=call.params
                )
            except httpx.TransportError as error:
                broken = error
            wait = self._patience.after(attempt, told, call)
            if wait is not None:
                sleep(wait)
            elif told is not None:
                return call.read(told)
            else:
                raise NoAnswer(f"no answer after {attempt} attempts") from broken


def _content(call: Call[Any]) -> bytes | Iterator[bytes]:
    return call.content if isinstance(call.content, bytes) else _pieces(call.content)


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as content:
        while piece := content.read(PIECE):
            yield piece


def told_of(url: str, auth: str | httpx.Auth, language: str, timeout: float) -> dict[str, Any]:
    """The arguments of either client of httpx."""
    headers = {"accept-language": language}
    if isinstance(auth, str):
        return {"base_url": url, "headers": headers | {"authorization": f"Bearer {auth}"}, "timeout": timeout}
    return {"base_url": url, "headers": headers, "auth": auth, "timeout": timeout}
