"""Every call: its request, its answer, and when to send it again. Shared by both clients."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Generic, TypeVar
from uuid import uuid4

import httpx
from contracts.event import Model
from contracts.reports import Submission
from contracts.rosters import Roster
from pydantic_core import to_json

from safetynet_client.answers import Batch, Receipt, Reconciled, ReportStatus, Rows
from safetynet_client.problems import problem_of, retry_after

Answer = TypeVar("Answer", bound=Model)
JSON = {"content-type": "application/json"}
TYPES = {
    ".csv": "text/csv",
    ".ndjson": "application/x-ndjson",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
AGAIN = (429, 503)
PIECE = 256 * 1024


@dataclass(frozen=True)
class Call(Generic[Answer]):
    """One call. `repeatable` calls may be sent again when no answer came."""

    answer: type[Answer]
    method: str
    path: str
    content: bytes | Path = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str | int] = field(default_factory=dict)
    repeatable: bool = True

    def read(self, told: httpx.Response) -> Answer:
        """The answer. Raises the Problem that came instead."""
        if told.is_error:
            raise problem_of(told)
        return self.answer.model_validate_json(told.content)


@dataclass(frozen=True)
class Patience:
    """How often a call is sent, and how long to wait between: as long as intake asks, or twice as long each time."""

    attempts: int = 5
    first: float = 0.5
    most: float = 60.0

    def after(self, attempt: int, told: httpx.Response | None, call: Call[Any]) -> float | None:
        """Seconds until the next attempt; None when there is none. `told` is None when no answer came."""
        if attempt >= self.attempts or (told is None and not call.repeatable):
            return None
        if told is not None and told.status_code not in AGAIN:
            return None
        asked = retry_after(told) if told is not None else None
        wait = asked if asked is not None else self.first * 2 ** (attempt - 1)
        # Spread over clients, and never earlier than asked.
        return None if wait > self.most else wait + random.random() * 0.1 * (wait + 0.1)  # noqa: S311


def submit(report: Submission | Mapping[str, Any], idempotency_key: str | None) -> Call[Receipt]:
    key = {"idempotency-key": idempotency_key or str(uuid4())}
    return Call(Receipt, "POST", "/v1/reports", _json(report), JSON | key)


def amend(report_id: str, reason: str, changes: Mapping[str, Any]) -> Call[ReportStatus]:
    content = to_json({"reason": reason} | dict(changes))
    return Call(ReportStatus, "PATCH", f"/v1/reports/{report_id}", content, JSON, repeatable=False)


def status(report_id: str) -> Call[ReportStatus]:
    return Call(ReportStatus, "GET", f"/v1/reports/{report_id}")


def reconcile(day: date, sender_refs: Sequence[str] | None, sequence: tuple[int, int] | None) -> Call[Reconciled]:
    told: dict[str, Any] = {"day": day.isoformat()}
    if sender_refs is not None:
        told["sender_refs"] = list(sender_refs)
    if sequence is not None:
        told["first_sequence"], told["last_sequence"] = sequence
    return Call(Reconciled, "POST", "/v1/reconciliations", to_json(told), JSON)


def send_file(file: Path | bytes, type: str | None, roster: Roster | None) -> Call[Batch]:
    """Raises ValueError for bytes without a type, or a file whose name implies none."""
    known = type or (TYPES.get(file.suffix.lower()) if isinstance(file, Path) else None)
    if known is None:
        raise ValueError("say the type: one of " + ", ".join(TYPES.values()))
    params: dict[str, str | int] = {"kind": "roster", "roster": roster.value} if roster else {}
    return Call(Batch, "POST", "/v1/batches", file, {"content-type": known}, params)


def batch(batch_id: str) -> Call[Batch]:
    return Call(Batch, "GET", f"/v1/batches/{batch_id}")


def rows(batch_id: str, state: str | None, after: int) -> Call[Rows]:
    params: dict[str, str | int] = {"after": after} | ({"state": state} if state else {})
    return Call(Rows, "GET", f"/v1/batches/{batch_id}/rows", params=params)


def _json(report: Submission | Mapping[str, Any]) -> bytes:
    if isinstance(report, Submission):
        return report.model_dump_json(exclude_none=True, exclude_defaults=True).encode()
    return to_json(dict(report))
