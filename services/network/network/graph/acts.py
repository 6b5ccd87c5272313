"""What somebody does with a family graph: looks at it, writes down kinship, answers a link; each on record."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

from contracts.event import derived_id
from contracts.roles import Caller
from kit.problems import Conflict, NotFound, Unprocessable

from network import words
from network.access import Scope
from network.clock import now
from network.graph.bodies import AnswerBody, KinBody
from network.graph.domain.facts import Answer, Fact, said, with_said
from network.graph.domain.kinship import OWN, Kin, kin_of, people_of, refusal
from network.graph.domain.net import Link
from network.graph.seeing import Families, Neighbourhood, Seeing
from network.graph.store import Graphs
from network.known.entry import Known, id_of
from network.known.store import Whereabouts
from network.looks.store import Look, Looks
from network.once import Key, must_be_the_same
from network.sealing import Sealing

MOST = 50


@dataclass(frozen=True)
class Seen:
    """A family graph as one person may see it: `names` are covered; `answers` by link."""

    it: Neighbourhood
    kin: Kin
    facts: tuple[Fact, ...]
    names: dict[str, str]
    answers: dict[str, Answer]


@dataclass(frozen=True)
class Acts:
    graphs: Graphs
    known: Whereabouts
    seeing: Seeing
    families: Families
    looks: Looks
    sealing: Sealing
    clock: Callable[[], datetime] = now

    async def see(self, case_id: str, caller: Caller, depth: int = 1) -> Seen:
        """The graph of a case; a look at every other case whose people are named in it goes on record first.

        Raises NotFound for a case that one may not see.
        """
        case = await self._case(case_id, caller)
        it = await self.seeing.neighbourhood(case, Scope.of(caller), depth)
        others = [each for each in it.near if each.kind == "case" and each.id in it.open]
        at = self.clock()
        await self.looks.note_all(
            [Look(at, caller.name, each.county, each.source, case.source, each.units, "graph") for each in others]
        )
        facts = await self._facts(case)
        names = await self.families.names([case.source, *(each.source for each in others)])
        answers = await self.graphs.answers([each.id for each in it.links])
        kin = kin_of(with_said(people_of(case.people), facts), said(facts))
        said_so = await self._in_words(facts)
        return Seen(it, kin, said_so, dict(names), {id: each for id, each in answers.items() if each.holds})

    async def family(self, case_id: str, caller: Caller) -> tuple[Known, Kin, dict[str, str]]:
        """The genogram of a case alone. Raises NotFound."""
        case = await self._case(case_id, caller)
        facts = await self._facts(case)
        names = await self.families.names([case.source])
        return case, kin_of(with_said(people_of(case.people), facts), said(facts)), dict(names)

    async def say(self, case_id: str, body: KinBody, caller: Caller, key: Key | None = None) -> Fact:
        """Kinship as a worker learned it.

        Raises NotFound; Unprocessable for somebody who is not in the family; Conflict for what cannot be so beside what
        is known.
        """
        case = await self._case(case_id, caller)
        id = str(derived_id("network", f"kin:{caller.name}", key.id) if key else uuid4())
        facts = await self._facts(case)
        one = f"{OWN}{id}" if body.kind == "person" else body.one or ""
        new = Fact(
            id, case.source, body.kind, one, self.clock(), caller.name, _unit(case, caller),
            body.other or "", body.how or "", body.sex, body.birth_year, key.sent if key else None,
        )  # fmt: skip
        if (before := await self.graphs.fact(id) if key else None) is None:
            there = {each.key for each in with_said(people_of(case.people), facts)} | {new.one * (new.kind == "person")}
            if missing := {new.one, new.other} - there - {""}:
                which = "one" if new.one in missing else "other"
                raise Unprocessable(
                    f"`{which}` is nobody of this family: give the key of a person as the graph lists them.",
                    f"`{which}` 不是這個家庭的人，請用圖上所列的人。",
                )
            for made in said([new]):
                if code := refusal(made, said(facts)):
                    why = words.of(code)
                    raise Conflict(why.in_("en"), why.in_("zh"))
        kept = before or await self.graphs.say(new)
        must_be_the_same(kept.sent, new.sent)
        return kept

    async def take_out(self, id: str, reason: str, caller: Caller) -> Fact:
        """What was written down holds no more, and stays on record. Raises NotFound."""
        fact = await self.graphs.fact(id)
        if fact is None:
            raise NotFound("There is no such kinship.", "查無此親屬關係。")
        await self._case(fact.case_id, caller)
        why = await self.sealing.coded(fact.case_id, reason)
        ended = replace(fact, ended_at=self.clock(), ended_by=caller.name, reason=why.code, note=why.words)
        [kept] = await self._in_words([await self.graphs.end(ended)])
        return kept

    async def answer(self, case_id: str, link_id: str, body: AnswerBody, caller: Caller) -> Answer:
        """Whether a link was new to who answers, known, or wrong; for both its sides. Raises NotFound."""
        case, link = await self._link(case_id, link_id, caller)
        counties = tuple(sorted({link.case.county, link.other.county}))
        sides = tuple(sorted((link.case.source, link.other.source)))
        return await self.graphs.answer(
            Answer(link.id, link.rule, sides, counties, body.verdict, caller.name, _unit(case, caller), self.clock())
        )

    async def take_back(self, case_id: str, link_id: str, reason: str, caller: Caller) -> Answer:
        """An answer that was a mistake: the link is open again. Raises NotFound, and Conflict where it has none."""
        case, _ = await self._link(case_id, link_id, caller)
        before = (await self.graphs.answers([link_id])).get(link_id)
        if before is None or not before.holds:
            raise Conflict("This link has no answer to take back.", "此連結尚無可收回的回覆。")
        why = await self.sealing.coded(case.source, reason)
        back = {"taken_back_at": self.clock(), "taken_back_by": caller.name, "reason": why.code, "note": why.words}
        return await self.graphs.answer(replace(before, **back))  # type: ignore[arg-type]

    async def _in_words(self, facts: Sequence[Fact]) -> tuple[Fact, ...]:
        """Each with why it holds no more as it was said; as a code where the words were erased."""
        notes = [each.note for each in facts if each.note]
        words_ = dict(zip(notes, await self.sealing.open(notes), strict=True)) if notes else {}
        return tuple(
            replace(each, reason=words_.get(each.note) or each.reason) if each.note else each for each in facts
        )

    async def _link(self, case_id: str, link_id: str, caller: Caller) -> tuple[Known, Link]:
        case = await self._case(case_id, caller)
        it = await self.seeing.neighbourhood(case, Scope.of(caller))
        link = next((each for each in it.links if each.id == link_id), None)
        if link is None:
            raise NotFound("There is no such link.", "查無此連結。")
        return case, link

    async def _facts(self, case: Known) -> list[Fact]:
        """What was written down of those who are still known there, and of those whom workers put beside them."""
        found = await self.graphs.facts(_ids(case))
        there = {each.key for each in people_of(case.people)} | {each.one for each in found if each.kind == "person"}
        return [each for each in found if {each.one, each.other} - {""} <= there]

    async def _case(self, id: str, caller: Caller) -> Known:
        """With those alone of whom something can be read; one of which nobody is left is none, as in the index soon."""
        found = [each for each in await self.known.parts_of([id_of("case", id)], MOST) if each.kind == "case"]
        if not found or not Scope.of(caller).covers(found[0].county, found[0].units):
            raise NotFound("There is no such case.", "查無此案件。")
        case = await self.seeing.standing(found[0])
        if found[0].people and not case.people:
            raise NotFound("There is no such case.", "查無此案件。")
        return case


def _ids(case: Known) -> list[str]:
    return [each.removeprefix("case:") for each in case.within if each.startswith("case:")]


def _unit(case: Known, caller: Caller) -> str:
    return next(iter(sorted(caller.units & set(case.units))), case.unit)
