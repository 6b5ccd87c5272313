"""What happens in a case, as the programmes hear it: in its transaction, so that neither is without the other."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from kit.mongo import Session

from network.book import Saved
from network.cases.domain.case import Assessment, Case
from network.cases.domain.people import SUBJECT, WITNESS
from network.cases.store import Happened
from network.programmes.domain.rules import Happening, On, Person
from network.programmes.entering import Entering


def heard_by(entering: Entering) -> Happened:
    """What happens in a case is told to the programmes in its own transaction: assessments, and that it closed."""

    async def happened(before: Case | None, after: Case, at: datetime, session: Session) -> Sequence[Saved]:
        if before is None:
            return ()
        known = {each.id for each in before.assessments}
        fresh = [each for each in after.assessments if each.id not in known and each.at == at]
        found = [happening for each in fresh for happening in _assessed(after, each)]
        if after.state == "closed" and before.state != "closed":
            found.append(_closed(after, at))
        return [saved for each in found for saved in await entering.hear(each, session)]

    return happened


def _assessed(case: Case, made: Assessment) -> Iterator[Happening]:
    facts = {"opened": made.opened, "needs": frozenset(made.needs), "factors": frozenset(made.factors)}
    facts |= {"service_mode": made.service_mode}
    for tool in made.tools or (None,):
        more = {"tool": tool.tool, "score": tool.score, "result": tool.result} if tool else {}
        about = f"{made.id}:{tool.tool}" if tool else made.id
        yield _happening(case, "assessment", about, made.at, facts | more)


def _closed(case: Case, at: datetime) -> Happening:
    closing, year = case.closings[-1], at.year
    mode = next((each.service_mode for each in reversed(case.assessments) if each.service_mode), None)
    facts = {
        "reason": closing.reason, "case_types": frozenset(each.case_type for each in case.reports),
        "service_mode": mode, "has_child": any(each.is_child(year) for each in case.people if each.role != WITNESS),
    }  # fmt: skip
    return _happening(case, "closing", closing.id, at, facts)


def _happening(case: Case, on: On, about: str, at: datetime, facts: Mapping[str, object]) -> Happening:
    people = tuple(Person(each.key, each.birth_year) for each in case.people if each.role == SUBJECT)
    return Happening(on, about, case.county, at, facts, people, case.lead.unit, case.id)
