"""What the window asked the sender of a report, decrypted for that sender alone."""

from datetime import datetime

from contracts.event import Model
from kit.mongo import Document
from kit.sealed import KeyVault
from pydantic import Field

from intake.domain.remarks import About, SenderQuestion, questions

ERASED = "erased_at"


class Question(Model):
    """A question about a report: answer by telephone, or with an amendment."""

    asked_at: datetime
    due_at: datetime
    question: str | None = Field(None, description="A code, when the question is from the list.")
    words: str | None = Field(None, description="The officer's own words; gone once the report is erased.")
    answered_at: datetime | None = None


async def questions_of(document: Document, vault: KeyVault) -> tuple[Question, ...]:
    """The questions about a stored report, with their words decrypted under the report's key."""
    asked = questions(document.get(About.ASKED, []), [each["at"] for each in document.get(About.ANSWERED, [])])
    return tuple([await _shown(each, vault, erased=ERASED in document) for each in asked])


async def _shown(asked: SenderQuestion, vault: KeyVault, *, erased: bool) -> Question:
    (values,) = await vault.open([asked.sealed]) if asked.sealed and not erased else [None]
    return Question(
        asked_at=asked.at,
        due_at=asked.due_at,
        question=asked.question,
        words="\n".join(map(str, values.values())) if values else None,
        answered_at=asked.answered_at,
    )
