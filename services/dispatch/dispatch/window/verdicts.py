"""A person says what two reports are to each other: kept for good in both, and told to network."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from contracts.decisions import Outcome
from contracts.event import Model
from kit.mongo import Document
from kit.problems import Unprocessable
from kit.sealed import KeyVault
from kit.telemetry import carried
from pydantic import Field
from rules.people import Keys
from rules.spans import TAIPEI

from dispatch.domain.people.duplicates import Kind, Window
from dispatch.domain.people.ties import Ties, ties
from dispatch.domain.report.actor import Actor, Sees
from dispatch.domain.report.verdicts import joins, latest
from dispatch.domain.triage.county import Policy
from dispatch.domain.triage.facts import Facts
from dispatch.policy import PoliciesInForce
from dispatch.window import revising
from dispatch.window.claims import faster, holder, seen
from dispatch.window.events import report_of
from dispatch.window.incoming import incoming_of
from dispatch.window.records import SERVED, entry, known, settle, tied
from dispatch.window.rulings import Again, Ruling, Rulings, told_of
from dispatch.window.shelf import Shelf
from dispatch.window.store import Reports

Clock = Callable[[], datetime]

_SENT = ("waiting", "accepted")
"""The stages in which a unit has the report: network must hear of what changes its case."""


class Verdict(Model):
    """What an officer found. `version` is that of the decision that was looked at; `reason` a code or a sentence."""

    kind: Kind
    reason: str = Field(min_length=1, max_length=500)
    version: int = Field(ge=1)


@dataclass(frozen=True)
class _Said:
    """A verdict on its way into both reports."""

    kind: Kind
    by: Actor
    at: datetime
    told: Mapping[str, str]
    id: str

    def about(self, document: Document, other: Document) -> Document:
        """The document with the verdict added to what was said before, and to its history."""
        also = other["decision"]["duplicate_of"]
        said = {"id": self.id, "of": other["_id"], "report_id": report_of(other), "also": also, "kind": self.kind,
                "who": self.by.name, "at": self.at}  # fmt: skip
        happened = entry(self.id, self.at, f"found_{self.kind}", who=self.by.name, report_id=other["_id"], **self.told)
        return document | {
            "verdicts": [*document.get("verdicts", ()), said | dict(self.told)],
            "history": [*document["history"], happened],
            "changed_at": self.at,
        }


class Verdicts:
    """Takes verdicts in; the latest about two reports holds, and nothing that was said is taken out."""

    def __init__(
        self, reports: Reports, vault: KeyVault, rulings: Rulings, policies: PoliciesInForce, now: Clock
    ) -> None:
        self._reports = reports
        self._vault = vault
        self._rulings = rulings
        self._policies = policies
        self._now = now

    async def say(self, report_id: str, other_id: str, verdict: Verdict, by: Actor, sees: Sees) -> Document:
        """The report after a verdict on it and another. Raises NotFound, Forbidden, Conflict or Unprocessable."""
        document, other = await seen(self._reports, report_id, sees), await seen(self._reports, other_id, sees)
        if report_id == other_id:
            en, zh = "A report is not compared with itself.", "通報不能與自己比對。"
            raise Unprocessable(en, zh, errors=[{"at": "/of", "code": "invalid", "en": en, "zh": zh}])
        ruled = await self._ruled(document, other, verdict, by, sees)
        told = await told_of(self._vault, report_of(document), verdict.reason)
        said = _Said(verdict.kind, by, self._now(), told, str(uuid4()))
        version = ruled["decision"]["version"] if ruled else verdict.version
        return await self._keep(document, other, version, said)

    async def _ruled(
        self, document: Document, other: Document, verdict: Verdict, by: Actor, sees: Sees
    ) -> Document | None:
        """What the verdict decides: one event makes a duplicate, all else parts one. None where nothing changes."""
        id, other_id = report_of(document), report_of(other)
        of, others = document["decision"]["duplicate_of"], other["decision"]["duplicate_of"]
        if verdict.kind == "same_event":
            if of in {other_id, others} - {None} or others == id:
                return None
            link = Ruling(
                outcome=Outcome.DUPLICATE, duplicate_of=others or other_id, reason=verdict.reason,
                version=verdict.version,
            )  # fmt: skip
            return await self._rulings.rule(document["_id"], link, by, sees)
        if of in {other_id, others} - {None}:
            again = Again(reason=verdict.reason, version=verdict.version)
            return await self._rulings.unlink(document["_id"], again, by, sees)
        if others == id:
            again = Again(reason=verdict.reason, version=other["decision"]["version"])
            await self._rulings.unlink(other["_id"], again, by, sees)
        return None

    async def _keep(self, document: Document, other: Document, version: int, said: _Said) -> Document:
        """Write it into both reports in one transaction, so that no decision about their people falls in between."""
        ids = (document["_id"], other["_id"])
        keys = {*document["keys"]["blocking"], *other["keys"]["blocking"]}
        policy = await self._policy(document)

        def put(shelf: Shelf) -> None:
            mine, partner = (shelf.documents[id] for id in ids)
            _must_be_current(mine, version, said)
            shelf.put(said.about(partner, mine))
            shelf.put(_retied(said.about(mine, partner), partner, shelf, policy, said))

        documents = await self._reports.decide_batch(ids, keys, put)
        self._reports.outbox.send(documents)
        return documents[0]

    async def _policy(self, document: Document) -> Policy:
        on = document["received_at"].astimezone(TAIPEI).date()
        return (await self._policies.current()).in_force(document["county"], on)


def _must_be_current(document: Document, version: int, said: _Said) -> None:
    held = holder(document, said.at)
    if document["decision"]["version"] != version or (held and held["by"] != said.by.username):
        raise faster(document, said.at)


def _retied(document: Document, other: Document, shelf: Shelf, policy: Policy, said: _Said) -> Document:
    """The report with the keys that tie it now; where a unit has it, its decision goes out anew with them."""
    before = joins(document | {"verdicts": document["verdicts"][:-1]})
    tie = _ties(document, shelf, policy.window)
    apart = said.kind == "not_same"
    shelf.count_as(tie.person, tie.also)
    document |= tied(tie) | ({"person": document["_id"]} if apart and tie.person == other.get("person") else {})
    if document["stage"] not in _SENT or document["decision"]["outcome"] not in SERVED or joins(document) == before:
        return document
    return _sent_anew(document, policy, said, leaves=apart and _share_a_case(document, other))


def _ties(document: Document, shelf: Shelf, window: Window) -> Ties:
    keys = Keys.of_stored(document["keys"])
    found = shelf.known_by(keys.blocking, but=document["_id"], also=latest(document["verdicts"]))
    earlier = [known(each, document) for each in found]
    return ties(incoming_of(document), Facts.of_stored(document["facts"]), keys, earlier, window)


def _share_a_case(document: Document, other: Document) -> bool:
    return document["case_id"] is not None and document["case_id"] == other["case_id"]


def _sent_anew(document: Document, policy: Policy, said: _Said, *, leaves: bool) -> Document:
    """The next version of the decision. Who leaves a shared case goes to a unit anew, with a clock of its own."""
    act = revising.Act(said.by, said.at, said.told)
    decision = revising.again(document, document["decision"], act)
    if leaves:
        unit = {"unit": document["decision"]["unit"]}
        decision = revising.decided(document, Outcome(decision["outcome"]), unit, policy, act)
        document = document | {"stage": "waiting", "accepted": None, "returned": None, "case_id": None}
    cause = f"{document['_id']}:{decision['version']}"
    return settle(document | {"decision": decision, "before": None}, cause, carried(), said.at)
