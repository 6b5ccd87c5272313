"""What is done with early warnings: read by whose they are, answered by a person of the unit that owes it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from contracts.roles import Caller, May, may
from kit.problems import Conflict, Forbidden, NotFound

from network import words
from network.access import Scope
from network.clock import now
from network.early_warnings.bodies import VerdictBody
from network.early_warnings.domain.warning import (
    RULES,
    Answer,
    AnsweredBefore,
    EarlyWarning,
    Record,
    answered,
    record_of,
)
from network.early_warnings.store import EarlyWarnings
from network.known.store import Whereabouts
from network.looks.store import Look, Looks
from network.once import Key, must_be_the_same
from network.sealing import Sealing
from network.tasks.domain.task import Task


@dataclass(frozen=True)
class Acts:
    warnings: EarlyWarnings
    known: Whereabouts
    sealing: Sealing
    looks: Looks
    clock: Callable[[], datetime] = now

    async def get(self, id: str, caller: Caller) -> tuple[EarlyWarning, Task | None]:
        """A warning with who owes its answer. Raises NotFound for whoever it never was of."""
        warning, task = await self.warnings.get(id), await self.warnings.task(id)
        units = {warning.unit, *({task.unit} if task else ())} if warning else set[str]()
        if warning is None or not Scope.of(caller).covers(warning.county, units):
            raise NotFound("There is no such warning.", "查無此預警。")
        return warning, task

    async def answer(self, id: str, body: VerdictBody, caller: Caller, key: Key | None = None) -> EarlyWarning:
        """Raises NotFound, Forbidden for whoever speaks for another unit, Conflict once it was answered."""
        warning, task = await self.get(id, caller)
        unit = task.unit if task else warning.unit
        if not may(caller.role, May.WORK) or not Scope.of(caller).speaks_for(unit):
            raise Forbidden("The unit that owes the answer gives it.", "由負責回覆的單位回覆。")
        must_be_the_same(warning.answer.sent if warning.answer else None, key.sent if key else None)
        at, text = self.clock(), body.text
        sealed = await self.sealing.seal(_owner(warning), text) if text and not warning.answer else None
        said = Answer(body.verdict, body.code, caller.name, unit, at, sealed, key.sent if key else None)
        try:
            return await self.warnings.change(id, partial(answered, answer=said), at)
        except AnsweredBefore:
            why = words.of("missing.early_warning_answered")
            raise Conflict(why.en, why.zh, errors=[{"code": "warning_answered", **why._asdict()}]) from None

    async def read(self, id: str, caller: Caller) -> tuple[EarlyWarning, Task | None, str | None]:
        """With the words of its answer, once the look is on record; None where there are none, or they were erased."""
        warning, task = await self.get(id, caller)
        if warning.answer is None or warning.answer.words is None:
            return warning, task, None
        case = warning.family.case_id if warning.family else None
        units = tuple(sorted({warning.unit, warning.answer.unit}))
        await self.looks.note(Look(self.clock(), caller.name, warning.county, case or "", id, units, "early_warning"))
        [text] = await self.sealing.open([warning.answer.words])
        return warning, task, text

    async def records(self, county: str) -> dict[str, Record]:
        """How often each rule was right in a county."""
        counts = await self.warnings.counted(county)
        return {rule: record_of(counts.get(rule, {})) for rule in RULES}


def _owner(warning: EarlyWarning) -> str:
    """Whose keys seal what is said: those of the family's case, so that they go with it."""
    return (warning.family.case_id if warning.family else None) or warning.id
