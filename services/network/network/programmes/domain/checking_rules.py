"""Rules by which somebody enters a programme, proved with it: each can match, and answers what a stage has."""

from collections.abc import Iterator
from datetime import date

from contracts.codes import names
from contracts.words import UNITS
from rules.cells import TableError

from network.programmes.domain.faults import Fault, fact_unknown, unknown
from network.programmes.domain.grammar import Programme
from network.programmes.domain.parts import END
from network.programmes.domain.rules import FACTS, Rule


def ruled(programme: Programme) -> Iterator[Fault]:
    """A rule can match, says all that is asked, and answers what a stage has without anybody's paper."""
    if programme.rules and "rule" not in programme.enters_by:
        yield Fault("enters_by", "有 rules 須列入 rule", "there are rules: add rule")
    for at, rule in enumerate(programme.rules):
        where = f"rules.{at}"
        try:
            yield from _codes_asked(rule, f"{where}.when")
        except TableError as error:
            yield Fault(error.where.replace(f"rules.{rule.id}", where), error.zh, error.how)
        for fact, value in rule.facts.items():
            yield from fact_unknown(fact, value, f"{where}.facts.{fact}", programme)
        for fact in (name for name, each in programme.facts.items() if each.required and name not in rule.facts):
            yield Fault(f"{where}.facts", f"缺「{fact}」：自動進入時須有值", f"{fact} is required: say what it is")
        for answer in rule.answers:
            yield from _rule_answer(programme, answer, f"{where}.answers")
    for name, stage in programme.stages.items():
        for unit in (each for each in stage.calls if each not in UNITS):
            yield unknown(f"stages.{name}.calls", unit, UNITS)


def _codes_asked(rule: Rule, where: str) -> Iterator[Fault]:
    """Codes that a list has: a rule for a code that nobody sends would enter nobody. Raises TableError."""
    for cell in rule.cells:
        fact = FACTS[rule.on][cell.fact]
        known = fact.values or (tuple(names(fact.codes, date.max)) if fact.codes else ())
        asked = cell.value if isinstance(cell.value, tuple) else (cell.value,)
        for code in asked if known and cell.op != "missing" else ():
            if code not in known:
                yield unknown(f"{where}.{cell.fact}", str(code), map(str, known))


def _rule_answer(programme: Programme, answer: str, where: str) -> Iterator[Fault]:
    leads = [(name, stage.next[answer]) for name, stage in programme.stages.items() if answer in stage.next]
    if not leads:
        yield unknown(where, answer, dict.fromkeys(code for each in programme.stages.values() for code in each.next))
    for name, ahead in leads:
        if ahead.needs or ahead.tells or ahead.to == END or (programme.stages[name].needs and ahead.to != name):
            yield Fault(where, f"「{answer}」需要人提供證明、告知或結案，不能由規則回覆",
                        f"{answer} needs a person (evidence, somebody told, an end): no rule gives it")  # fmt: skip
