"""From a report to one of five outcomes, with a reason for every one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from contracts.decisions import SERVED, Because, Clock, Outcome, TableVersion
from rules.people import Keys
from rules.spans import TAIPEI

from dispatch.domain.people.duplicates import REASONS, Known, Relation, relate
from dispatch.domain.report.incoming import Incoming
from dispatch.domain.tables.table import PROTECTIVE, Row
from dispatch.domain.triage.clocks import clocks_for
from dispatch.domain.triage.county import Policy
from dispatch.domain.triage.facts import Facts
from dispatch.domain.triage.jurisdiction import Competence, competent
from dispatch.domain.triage.nearest import Nearest, nearest

__all__ = ["Nearest", "Triage", "triage"]

_HIGH = {"tipvda": 8, "sdm": 3, "bsrs5": 15}
"""Scores from which a tool itself calls the risk high (bands of the tools)."""


@dataclass(frozen=True, slots=True)
class Triage:
    """What was decided of a report. With `review` a person must decide first: the outcome is then a suggestion.

    `priority` is 1 (highest) to 4. `unit` leads; it is None for duplicate, transferred and no_dispatch.
    `raises` is what the first report of the event becomes where this telling of it is graver than what was decided.
    """

    outcome: Outcome
    priority: int
    review: bool
    unit: str | None
    collaborators: tuple[str, ...]
    duplicate_of: str | None
    transferred_to: str | None
    because: tuple[Because, ...]
    nearest: Nearest | None
    clocks: tuple[Clock, ...]
    resources: tuple[str, ...]
    relation: Relation
    competence: Competence
    table: TableVersion
    raises: "Triage | None" = None


def triage(  # noqa: PLR0917  one decision takes all it rests on, in the order in which it is found
    incoming: Incoming,
    facts: Facts,
    keys: Keys,
    earlier: Sequence[Known],
    policy: Policy,
    decided_at: datetime,
) -> Triage:
    """Decide one report. Total: every report gets an outcome, even one of which nothing is known."""
    relation = relate(incoming, facts, keys, earlier, policy.window)
    told, found = facts, rule(facts, relation, policy)
    facts, outcome, priority = found.facts, found.outcome, found.priority
    graver = outcome is Outcome.DUPLICATE and not found.competence.transfer and _is_graver(relation, told, policy)
    notes = _notes(outcome, relation, found.competence, graver=graver)
    return Triage(
        outcome=outcome,
        priority=priority,
        review=found.review,
        unit=policy.unit(outcome, facts),
        collaborators=policy.collaborators_for(facts) if outcome in SERVED else (),
        duplicate_of=relation.of if outcome is Outcome.DUPLICATE else None,
        transferred_to=found.competence.county if outcome is Outcome.TRANSFERRED else None,
        because=(*notes, *found.guard, *_reasons(found)),
        nearest=_nearest(facts, relation, found.hits, policy, outcome=outcome, on=decided_at.astimezone(TAIPEI).date()),
        clocks=clocks_for(
            policy.clocks, facts, outcome, priority,
            _starts(incoming.received_at, decided_at, review=found.review), policy.days,
        ),
        resources=policy.resources_for(facts) if outcome is Outcome.NO_DISPATCH else (),
        relation=relation,
        competence=found.competence,
        table=policy.table.version,
        raises=triage(incoming, told, keys, (), policy, decided_at) if graver else None,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the rules say of facts: `facts` with their history, the rows that match, the strongest first, never none.

    `guard` says why a person must agree before nobody is sent.
    """

    facts: Facts
    hits: tuple[Row, ...]
    competence: Competence
    outcome: Outcome
    priority: int
    guard: tuple[Because, ...]

    @property
    def review(self) -> bool:
        """Whether a person must decide first."""
        return bool(self.guard) or (self.outcome is self.hits[0].outcome and self.hits[0].review)

    @property
    def deciding(self) -> tuple[Row, ...]:
        """The rows without which outcome or priority would be another: those of the outcome, or of the priority."""
        of_outcome = tuple(row for row in self.hits if row.outcome is self.outcome)
        if any(row.priority == self.priority for row in of_outcome):
            return of_outcome
        return of_outcome + tuple(row for row in self.hits if row.priority == self.priority)


def rule(facts: Facts, relation: Relation, policy: Policy) -> Ruling:
    """The outcome and the priority of facts that stand in a relation to earlier reports. Total."""
    facts = _with_history(facts, relation)
    hits = policy.table.hits(facts)
    competence = competent(facts, policy.jurisdiction)
    outcome = _outcome(relation, competence, hits[0])
    guard = _guard(facts, relation) if outcome is Outcome.NO_DISPATCH else _place(facts, outcome, policy)
    return Ruling(facts, hits, competence, outcome, _priority(hits), guard)


def _with_history(facts: Facts, relation: Relation) -> Facts:
    if relation == Relation():
        return facts
    known = None if relation.known_ended else relation.known_outcome
    return replace(facts, relation=relation.kind, known_outcome=known, earlier_reports=relation.earlier)


def _outcome(relation: Relation, competence: Competence, row: Row) -> Outcome:
    if relation.kind == "same_event" and not _is_ours_now(relation, competence):
        return Outcome.DUPLICATE
    return Outcome.TRANSFERRED if competence.transfer else row.outcome


def _priority(hits: Sequence[Row]) -> int:
    return min(row.priority for row in hits)


def _is_graver(relation: Relation, told: Facts, policy: Policy) -> bool:
    """The same event, told so that it asks for more than was decided of the first report: that must be raised."""
    hits = policy.table.hits(told)
    row = hits[0]
    if relation.known_outcome is None:
        return row.outcome is Outcome.PROTECTION and not row.review
    known = {str(outcome): rank for outcome, rank in PROTECTIVE.items()}.get(relation.known_outcome)
    return known is not None and (PROTECTIVE[row.outcome], _priority(hits)) < (known, relation.known_priority)


def _is_ours_now(relation: Relation, competence: Competence) -> bool:
    """The first report was sent to another county, this one stays here: nobody else may be watching."""
    return relation.known_outcome == Outcome.TRANSFERRED and not competence.transfer


def _guard(facts: Facts, relation: Relation) -> tuple[Because, ...]:
    """Nobody is sent while a risk factor is present unless a supervisor agrees (rules.yaml, no_dispatch)."""
    risks = {name: str(score) for name in _HIGH if (score := getattr(facts, name)) is not None and score >= _HIGH[name]}
    if facts.danger_count:
        risks["danger_signs"] = _shown(facts.danger_signs | facts.unknown_codes)
    if relation.maybe_served or relation.watched:
        risks["relation"] = ", ".join(relation.reasons)
    if not risks:
        return ()
    zh, en = "有風險因子，不派案須經督導同意", "a risk factor is present: a supervisor must agree before nobody is sent"
    return (Because(row="guard", zh=zh, en=en, facts=risks),)


def _place(facts: Facts, outcome: Outcome, policy: Policy) -> tuple[Because, ...]:
    """The family's place decides which centre is sent, and nobody can say what was written for it."""
    decides = outcome is Outcome.WELFARE_CENTRE and policy.goes_by_place and not facts.residence_township
    if not (decides and facts.unclear_places):
        return ()
    zh, en = (
        "鄉鎮市區無法辨識，派往哪個中心須由人員確認",
        "nobody can say which township is meant: a person must say which centre is sent",
    )
    return (Because(row="place", zh=zh, en=en, facts={"places": _shown(facts.unclear_places)}),)


def _notes(outcome: Outcome, relation: Relation, competence: Competence, *, graver: bool) -> tuple[Because, ...]:
    """What decided before the table did, or beside it."""
    notes = []
    if relation.kind == "same_event":
        kind = "ours" if outcome is not Outcome.DUPLICATE else "graver" if graver else "duplicate"
        notes.append(_related(kind, _SAME_EVENT[kind], relation))
    elif relation.reasons:
        notes.append(_related("relation", _RELATED[relation.kind], relation))
    if outcome is Outcome.TRANSFERRED:
        notes.append(_placed("transfer", "由居住地或所在地縣市主責", "another county is competent", competence))
    elif competence.movable_later:
        notes.append(_placed("urgent", "情況緊急，先處理後移轉", "urgent: handled first, moved after", competence))
    return tuple(notes)


_SAME_EVENT = {
    "duplicate": ("與先前通報為同一事件", "the same event as an earlier report"),
    "graver": (
        "與先前通報為同一事件，情節較重：先前通報已提高處理層級",
        "the same event as an earlier report, told graver: the earlier one was raised",
    ),
    "ours": (
        "先前通報已轉他轄，本件由本縣市處理",
        "the earlier report went to another county; this one is handled here",
    ),
}
_RELATED = {
    "same_person_new_event": ("同一人的新事件，並非重複通報", "a new event of the same person, not a duplicate"),
    "same_family": ("與先前通報為同一家庭", "the same family as an earlier report"),
    "not_same": (
        "與先前通報部分相符，不足以認定為同一人",
        "resembles an earlier report, but need not be the same person",
    ),
}


def _related(row: str, words: tuple[str, str], relation: Relation) -> Because:
    words_zh, words_en = zip(*(REASONS[code] for code in relation.reasons), strict=True)
    facts = {"reasons": ", ".join(relation.reasons)} | ({"of": relation.of} if relation.of else {})
    return Because(
        row=row, zh=f"{words[0]}：{'、'.join(words_zh)}", en=f"{words[1]}: {', '.join(words_en)}", facts=facts
    )


def _placed(row: str, zh: str, en: str, competence: Competence) -> Because:
    facts = {**competence.facts, "regime": competence.regime, "source": competence.article}
    return Because(row=row, zh=zh, en=en, facts=facts)


def _reasons(found: Ruling) -> Iterator[Because]:
    """The rows that match: first those that decided, then those that asked for less."""
    deciding = found.deciding
    for row in (*deciding, *(row for row in found.hits if row not in deciding)):
        used = {cell.fact: _shown(getattr(found.facts, cell.fact)) for cell in row.when}
        yield Because(row=row.id, zh=row.zh, en=row.en, facts=used, decided=row in deciding)


def _shown(value: object) -> str:
    if isinstance(value, frozenset):
        return ", ".join(sorted(value))
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _nearest(
    facts: Facts, relation: Relation, hits: Sequence[Row], policy: Policy, *, outcome: Outcome, on: date
) -> Nearest | None:
    if outcome is Outcome.DUPLICATE:
        return None

    def decide(changed: Facts) -> Outcome:
        return _outcome(relation, competent(changed, policy.jurisdiction), policy.table.hits(changed)[0])

    return nearest(facts, hits, policy.table, decide, outcome=outcome, on=on)


def _starts(received_at: datetime, decided_at: datetime, *, review: bool) -> Mapping[str, datetime]:
    """Nothing is graded or dispatched before a person has decided."""
    decided = {} if review else {"graded": decided_at, "dispatched": decided_at}
    return {"received": received_at, **decided}
