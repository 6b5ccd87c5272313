"""What a sender may see of its reports."""

from kit.mongo import Document
from kit.problems import NotFound
from kit.sealed import KeyVault

from intake.answers import ReportStatus
from intake.asking import questions_of
from intake.domain.agency import Agency
from intake.domain.status import Status, latest
from intake.receipts import receipt_of
from intake.store import Reports, steps_in


class Statuses:
    """Answers senders about their own reports."""

    def __init__(self, reports: Reports, vault: KeyVault) -> None:
        self._reports = reports
        self._vault = vault

    async def document(self, report_id: str, sender: Agency) -> Document:
        """The sender's own report. Raises NotFound for an unknown one and for another agency's alike."""
        document = await self._reports.of_agency(report_id, sender.agency_id)
        if document is None:
            raise NotFound("This agency has sent no such report.", "貴機關沒有這份通報。")
        return document

    async def of(self, report_id: str, sender: Agency) -> ReportStatus:
        """What became of the sender's report, and what it was asked. Raises NotFound."""
        document = await self.document(report_id, sender)
        step = latest(steps_in(document))
        receipt = receipt_of(document)
        return ReportStatus.model_validate(
            receipt
            | {
                "version": document["version"],
                "amended_at": document.get("amended_at"),
                "flags": document.get("flags", receipt["flags"]),
                "status": step.status if step else Status.RECEIVED,
                "since": step.at if step else document["received_at"],
                "to_unit_kind": step.to_unit_kind if step else None,
                "outcome": step.outcome if step else None,
                "service": step.service if step else None,
                "questions": await questions_of(document, self._vault),
            }
        )
