"""An enrolment that a rule of its programme begins, or that hears that the same happened again."""

from collections.abc import Sequence
from dataclasses import replace

from network.programmes.domain.enrolment import Enrolment, Entered, Heard, Subject
from network.programmes.domain.grammar import Programme
from network.programmes.domain.refusals import Refused
from network.programmes.domain.rules import Happening, Person, Rule
from network.programmes.domain.said import Said
from network.programmes.domain.steps import answered, begun, heard

BY_RULE = "rule"


def fits(programme: Programme, who: Person | None, happening: Happening) -> bool:
    """Whether somebody may be of the ages that the programme is for; a birth year alone leaves two open."""
    if programme.ages is None or who is None or who.birth_year is None:
        return True
    oldest = happening.at.year - who.birth_year
    return programme.ages[0] <= oldest and oldest - 1 < programme.ages[1]


def first_heard(
    id: str, programme: Programme, rule: Rule, happening: Happening, *, subject: Subject, unit: str, said: Said
) -> Sequence[Enrolment]:  # fmt: skip
    """The enrolment as it begins, and in the stage that the rule's answer leads to. Raises Refused."""
    entered = (Entered(programme.first, said, facts=dict(rule.facts) or None),)
    fresh = Enrolment(
        id, programme.programme, programme.version, happening.county, unit, subject, BY_RULE, entered,
        heard=(_heard(rule, happening, said),),
    )  # fmt: skip
    first = begun(fresh, programme)
    return [first, *_answered(first, programme, rule, said)]


def heard_again(it: Enrolment, programme: Programme, rule: Rule, happening: Happening, said: Said) -> Enrolment:
    """Somebody who is in it: a stage further where one of the rule's answers leads there, else as they are."""
    known = heard(it, _heard(rule, happening, said))
    return next(iter(_answered(known, programme, rule, said)), known)


def _answered(it: Enrolment, programme: Programme, rule: Rule, said: Said) -> list[Enrolment]:
    stage = programme.stages[it.stage]
    ahead = next((each for each in rule.answers if each in stage.next), None)
    if ahead is None:
        return []
    # What is told late is no reason to leave somebody where they are: the stage begins when it is heard.
    at = max(said.at, it.entered[-1].said.at)
    facts = {name: value for name, value in rule.facts.items() if name in programme.facts}
    try:
        after = answered(it, programme, ahead, replace(said, at=at), facts=facts)
    except Refused:
        return []  # it needs what only a person can bring: the unit is told, and answers
    return [replace(after, revision=it.revision + 1)]


def _heard(rule: Rule, happening: Happening, said: Said) -> Heard:
    return Heard(
        said.cause or "", rule.id, happening.on, happening.about, happening.told(rule), said, rule.source,
        rule.verified, happening.report_id,
    )  # fmt: skip
