"""Amending a report (通報表資訊更正): a new version with its reason, sealed anew; nothing is overwritten."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contracts.event import derived_id
from contracts.languages import Said
from contracts.reports import Flag, ReportId, Submission
from contracts.topics import REPORTS
from kit.mongo import Document
from kit.outbox import FIELD, Outgoing, entries
from kit.problems import Conflict, Problem, TooLarge
from kit.sealed import Json, KeyVault, join
from kit.telemetry import carried
from rules.taiwan import taipei_day

from intake.arrivals import Content, Sealing, envelope
from intake.domain.agency import SANDBOX
from intake.domain.flags import flags_of
from intake.domain.merging import merged
from intake.reading import refusal, submission_of
from intake.store import Reports

MOST_VERSIONS = 40
FIXED = ("county", "sender_ref", "sequence")
"""What no amendment changes: the report is identified and counted by these."""


class Gone(Problem):
    """The report's personal data were erased."""

    status, slug, title = 410, "gone", Said("資料已銷毀", "Erased")


@dataclass(frozen=True)
class Amendment:
    """What a sender changes, why, and when it said so."""

    changes: Json
    reason: str
    at: datetime


class Amendments:
    """Amends reports for their senders."""

    def __init__(self, reports: Reports, vault: KeyVault, sealing: Sealing, most_bytes: int) -> None:
        self._reports = reports
        self._vault = vault
        self._sealing = sealing
        self.most_bytes = most_bytes

    async def amend(self, document: Document, amendment: Amendment) -> None:
        """Store a new version, unless nothing changed.

        Raises Unprocessable for what the report would become, Gone, TooLarge, Conflict (amended by another meanwhile).
        """
        report_id = ReportId(document["_id"])
        submission = await self._amended(document, amendment)
        flags = flags_of(submission, taipei_day(amendment.at))
        content = self._sealing.content_of(report_id, submission, flags)
        if content.fingerprint == document.get("latest", document.get("fingerprint")):
            return
        if document["version"] >= MOST_VERSIONS:
            raise Conflict(
                "This report was amended too many times: send a new one.", "此通報更正次數過多：請另行通報。"
            )
        # The reason may name someone: it is sealed with the report.
        key = content.keys.setdefault("report", self._vault.new_key(report_id, "report"))
        reason = key.seal({"reason": amendment.reason})
        await self._vault.keep(content.keys.values())
        await self._store(document, amendment.at, content, _facts(flags, reason))

    async def _amended(self, document: Document, amendment: Amendment) -> Submission:
        whole = await self._whole(document)
        text = _written_out(merged(whole, amendment.changes))
        # What was taken once may always be amended, as long as it does not grow.
        if len(text) > max(self.most_bytes, len(_written_out(whole))):
            raise TooLarge("The report would become too large.", "更正後內容過大。")
        fixed = [name for name in FIXED if name in amendment.changes and amendment.changes[name] != whole.get(name)]
        if fixed:
            raise refusal({f"/{name}": "not_amendable" for name in fixed})
        submission = submission_of(text, amendment.at)
        if submission.oral and not whole.get("oral"):
            # A report that came in writing does not become oral again.
            raise refusal({"/oral": "not_amendable"})
        return submission

    async def _whole(self, document: Document) -> Json:
        whole: Json = document["report"]
        for scope, token in document["sealed"].items():
            (values,) = await self._vault.open([token], scope)
            if values is None or "erased_at" in document:
                raise Gone("This report's data was erased: send a new report.", "此通報資料已銷毀：請另行通報。")
            whole = join(whole, values)
        return whole

    async def _store(self, document: Document, at: datetime, content: Content, facts: Mapping[str, Any]) -> None:
        id, version = document["_id"], document["version"] + 1
        now = {"version": version, "report": content.public, "sealed": content.sealed, **facts}
        now |= {"latest": content.fingerprint, "amended_at": at} | _written(document, content, at)
        events = [] if document["county"] == SANDBOX else [_event(document, version, content, facts, at)]
        outbox = entries(events, at)
        former = {name: document[name] for name in (*_KEPT, "amended_at", "reason_sealed") if name in document}
        if not await self._reports.amend(id, document["version"], now, former, outbox):
            raise Conflict(
                "Somebody amended this report at the same time: read it and amend again.",
                "同時有人更正此通報：請重新讀取後再更正。",
            )
        self._reports.outbox.send([{"_id": id, FIELD: outbox}])


def _written_out(report: Json) -> bytes:
    """A report as senders write it: three bytes for a Chinese sign, not six for its escape."""
    return json.dumps(report, ensure_ascii=False, separators=(",", ":")).encode()


_KEPT = ("version", "report", "sealed", "flags")


def _facts(flags: Iterable[Flag], reason: str) -> dict[str, Any]:
    return {"flags": [flag.model_dump() for flag in flags], "reason_sealed": reason}


def _written(document: Document, content: Content, at: datetime) -> dict[str, Any]:
    """`written_at`, once the written form of an oral report has come."""
    return {"written_at": at} if document["report"].get("oral") and not content.public.get("oral") else {}


def _event(document: Document, version: int, content: Content, facts: Mapping[str, Any], at: datetime) -> Outgoing:
    report_id = document["_id"]
    data = {
        "type": "report.amended",
        "report_id": report_id,
        "version": version,
        "agency_id": document["agency_id"],
        "source_unit": document["source_unit"],
        "amended_at": at.isoformat(),
        "report": content.public,
        "sealed": content.sealed,
        **facts,
    }
    id = derived_id("intake", f"{report_id}:{version}", "report.amended")
    return Outgoing.of(REPORTS, envelope(str(id), report_id, data, at, carried()))
