"""What happens to an enrolment, step by step: begun, met, answered, granted, paid, ended; or refused."""

from dataclasses import replace
from datetime import datetime
from itertools import pairwise

from contracts.event import Sealed

from network.programmes.domain import amounts
from network.programmes.domain.amounts import Grant
from network.programmes.domain.enrolment import EARLY_ENDS, Enrolment, Entered, Heard, Met
from network.programmes.domain.facts import Facts, must_be_for, must_fit
from network.programmes.domain.grammar import Programme
from network.programmes.domain.parts import END, PAID, Contact
from network.programmes.domain.refusals import Refused
from network.programmes.domain.said import Said


def begun(enrolment: Enrolment, programme: Programme) -> Enrolment:
    """Raises Refused for somebody whom the programme is not for."""
    must_be_for(programme, enrolment.entered_by, enrolment.facts)
    return enrolment


def heard(enrolment: Enrolment, told: Heard) -> Enrolment:
    """With what a rule heard of somebody who is in it."""
    must_be_open(enrolment)
    return following(enrolment, heard=(*enrolment.heard, told))


def contacted(enrolment: Enrolment, programme: Programme, met: Met) -> Enrolment:
    """Raises Refused for a contact that the programme does not know, or does not have so."""
    rule = _rule(enrolment, programme, met)
    _must_be_open_at(enrolment, met.said.at)
    if met.kind not in rule.kind:
        raise Refused("kind_unfit", met.kind)
    for name, value in (met.measures or {}).items():
        measure = programme.measures.get(name)
        if measure is None:
            raise Refused("measure_unknown", name)
        if not measure.least <= value <= measure.most:
            raise Refused("measure_outside", name)
    return following(enrolment, contacts=(*enrolment.contacts, replace(met, what=rule.id)))


def _rule(enrolment: Enrolment, programme: Programme, met: Met) -> Contact:
    """The contact that this is: of a programme that knows several alike, it must say which."""
    stage = programme.stages.get(enrolment.stage)
    here = [*(stage.contacts if stage else ()), *programme.contacts.values()]
    if met.what:
        named = [each for each in here if each.id == met.what]
        if not named:
            raise Refused("contact_unknown", met.what)
        return named[0]
    alike = {each.id: each for each in (stage.contacts if stage else here) if met.kind in each.kind}
    if len(alike) != 1:
        raise Refused("contact_unsaid", ", ".join(alike) or ", ".join(programme.contacts))
    return next(iter(alike.values()))


def counts(met: Met, rule: Contact) -> bool:
    """Whether a contact is one: somebody was reached, every unit was there, everything was measured."""
    there = {unit.partition("/")[2] or unit for unit in (met.said.unit, *met.units)}
    kinds = there | {unit.partition(".")[0] for unit in there}
    measured = set(met.measures or {})
    return (met.reached or rule.unreached) and set(rule.units) <= kinds and set(rule.measures) <= measured


def answered(
    enrolment: Enrolment, programme: Programme, answer: str, said: Said, *, evidence: tuple[str, ...] = (),
    told: tuple[str, ...] = (), facts: Facts | None = None,
) -> Enrolment:  # fmt: skip
    """The enrolment in the stage that the answer leads to. Raises Refused for one that does not follow."""
    must_be_open(enrolment)
    stage = programme.stages[enrolment.stage]
    if (ahead := stage.next.get(answer)) is None:
        raise Refused("answer_unknown", ", ".join(stage.next))
    if said.at < enrolment.entered[-1].said.at:
        raise Refused("before_stage", answer)
    for name, value in (facts or {}).items():
        must_fit(programme, name, value)
    known = {*evidence, *_papers(enrolment, answer)} - programme.facts.keys() | _known_facts(
        enrolment, programme, facts
    )
    leaves = stage.needs if ahead.to != enrolment.stage else ()
    for need in (*leaves, *ahead.needs):
        if not _has(enrolment, programme, need, known):
            raise Refused("needed_first", need)
    for each in ahead.tells:
        if each not in told:
            raise Refused("not_told", each)
    entered = Entered(ahead.to, said, answer, evidence, told, facts or None)
    return following(enrolment, entered=(*enrolment.entered, entered))


def _papers(enrolment: Enrolment, answer: str) -> set[str]:
    """What was handed in since the stage was entered, by another answer: no paper of an earlier stay, or of the same
    answer before, is this one's."""
    found: set[str] = set()
    for before, each in reversed([*pairwise(enrolment.entered)]):
        if before.stage != each.stage:
            break
        found |= {*each.evidence} if each.answer != answer else set()
    return found


def _known_facts(enrolment: Enrolment, programme: Programme, said: Facts | None) -> set[str]:
    """The facts that are known: of a day that a clock starts with, only what is said now, since it runs from that."""
    started = {task.start for task in programme.tasks.values()}
    return {*enrolment.facts} - started | {*(said or {})}


def _has(enrolment: Enrolment, programme: Programme, need: str, known: set[str]) -> bool:
    if need == PAID:
        return any(each.paid for each in enrolment.grants)
    if rule := programme.contacts.get(need):
        again = _entered_again(enrolment)
        mine = (each for each in enrolment.contacts if each.what == need and (again is None or each.said.at >= again))
        return any(counts(each, rule) for each in mine)
    return need in known


def _entered_again(enrolment: Enrolment) -> datetime | None:
    """When the stage was entered, if that was not the first time: who was seen before was not seen since."""
    entered = enrolment.entered
    into = [each for at, each in enumerate(entered) if not at or entered[at - 1].stage != each.stage]
    mine = [each.said.at for each in into if each.stage == enrolment.stage]
    return mine[-1] if len(mine) > 1 else None


def addressed(enrolment: Enrolment, address: Sealed, said: Said) -> Enrolment:
    """With where whoever visits goes: who began by a rule was asked by nobody. Raises Refused."""
    must_be_open(enrolment)
    return following(enrolment, address=address, addressed=said)


def is_told(before: Enrolment | None, after: Enrolment) -> bool:
    """Whether a change is an event: where somebody lives is told nobody."""
    kept = before and replace(
        after, address=before.address, addressed=before.addressed, revision=before.revision
    )  # fmt: skip
    return before is None or kept != before


def ended(enrolment: Enrolment, programme: Programme, reason: str, said: Said) -> Enrolment:
    """Ended by a person, with a reason that is none of the programme's answers: one that its stage has is given as an
    answer, with what it needs (served elsewhere, by the unit that is named). Raises Refused."""
    must_be_open(enrolment)
    if reason not in EARLY_ENDS:
        raise Refused("reason_unknown", ", ".join(EARLY_ENDS))
    if reason in programme.stages[enrolment.stage].next:
        raise Refused("reason_is_answer", f"{programme.programme}.{reason}")
    if said.at < enrolment.entered[-1].said.at:
        raise Refused("before_stage", reason)
    return following(enrolment, entered=(*enrolment.entered, Entered(END, said, reason)))


def granted(
    enrolment: Enrolment, programme: Programme, grant: Grant, earlier: tuple[Grant, ...]
) -> tuple[Enrolment, Grant]:
    """With a grant, cut to what is left; `earlier` is all that the subject was granted. Raises Refused."""
    must_be_open(enrolment)
    if grant.said.at < enrolment.begun_at:
        raise Refused("before_stage", "at")
    made = amounts.granted(programme, enrolment.stage, grant, earlier)
    return following(enrolment, grants=(*enrolment.grants, made)), made


def paid(enrolment: Enrolment, grant_id: str, said: Said) -> Enrolment:
    """A grant paid, once. Raises Refused."""
    grant = next((each for each in enrolment.grants if each.id == grant_id), None)
    if grant is None:
        raise Refused("grant_unknown", grant_id)
    if grant.paid:
        raise Refused("already_paid", grant_id)
    if said.at < grant.said.at:
        raise Refused("before_grant", grant_id)
    done = replace(grant, paid=said)
    return following(enrolment, grants=tuple(done if each is grant else each for each in enrolment.grants))


def must_be_open(enrolment: Enrolment) -> None:
    """Raises Refused for one that is over."""
    if not enrolment.is_open:
        raise Refused("enrolment_ended", enrolment.id)


def _must_be_open_at(enrolment: Enrolment, at: datetime) -> None:
    """What was done while it was open may be written down when it no longer is: paper is entered late."""
    if at < enrolment.begun_at:
        raise Refused("before_stage", enrolment.begun_at.date().isoformat())
    if enrolment.ended_at and at > enrolment.ended_at:
        raise Refused("enrolment_ended", enrolment.id)


def following(enrolment: Enrolment, **fields: object) -> Enrolment:
    """The enrolment after one act more."""
    return replace(enrolment, revision=enrolment.revision + 1, **fields)  # type: ignore[arg-type]
