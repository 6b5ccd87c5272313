"""A programme proved before anybody enters it: a way out of every stage, always something owed, figures that count.

Each part says what is wrong, where in the file, and how to correct it.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, pairwise

from contracts.words import UNITS
from rules.cells import TableError
from rules.spans import Span

from network.programmes.domain.checking_rules import ruled
from network.programmes.domain.faults import Fault, fact_unknown, unknown
from network.programmes.domain.grammar import Amount, Figure, Programme, codes
from network.programmes.domain.parts import END, FOLLOW_UP, NAMED, PAID, STAGE, Part, Stage, Task

OTHERS = frozenset({"family", "village_chief"})
"""Who may be there beside units."""


def check(programme: Programme) -> tuple[Fault, ...]:
    """The faults of a programme; none where it is proved."""
    parts = (_ways, _dead_stages, _owing, _tasks, _alike, _needs, _entry, ruled, _amounts, _figures, _measures, _words)
    return tuple(dict.fromkeys(chain.from_iterable(part(programme) for part in parts)))


def _ways(programme: Programme) -> Iterator[Fault]:
    """Every answer leads somewhere, and from every stage there is a way to the end."""
    known = (*programme.stages, END)
    for name, stage in programme.stages.items():
        if not stage.next:
            yield Fault(f"stages.{name}.next", "沒有出口：請寫一個回覆", "no way out: write an answer")
        for answer, each in stage.next.items():
            if each.to not in known:
                yield unknown(f"stages.{name}.next.{answer}", each.to, known)
    for name in programme.stages:
        if END not in _from(programme, name):
            yield Fault(f"stages.{name}.next", "由此走不到 end：請讓一個回覆通往結束",
                        "the end cannot be reached from here: let an answer lead towards it")  # fmt: skip


def _dead_stages(programme: Programme) -> Iterator[Fault]:
    reached = _from(programme, programme.first) | {programme.first}
    for name in programme.stages:
        if name not in reached:
            yield Fault(f"stages.{name}", f"沒有回覆通往「{name}」：請刪除，或讓一個回覆通往它",
                        f"no answer leads to {name}: drop it, or let one lead here")  # fmt: skip


def _from(programme: Programme, stage: str) -> set[str]:
    """Where one can get from a stage."""
    seen: set[str] = set()
    ahead = [stage]
    while ahead:
        here = programme.stages.get(ahead.pop())
        fresh = {each.to for each in here.next.values()} - seen if here else set()
        seen |= fresh
        ahead += fresh
    return seen


def _owing(programme: Programme) -> Iterator[Fault]:
    """Whatever was done in a stage, something is still owed in it by a day."""
    for name, stage in programme.stages.items():
        if not any(_lasts(task, programme) for task in stage.owed):
            yield Fault(
                f"stages.{name}.tasks", "各項完成後此階段不再有期限：請加一項由回覆完成，或定期重複的事項",
                "once these are done nothing is owed here by a day: add a task without contact and evidence "
                "(its answer settles it) or one with every",
            )  # fmt: skip


def _lasts(task: Task, programme: Programme) -> bool:
    """Whether it is owed until the stage is left, whatever the facts are."""
    fact = programme.facts.get(task.start)
    counted = task.start == STAGE or bool(fact and fact.required)
    return bool(task.every) or (task.is_answer and counted)


def _tasks(programme: Programme) -> Iterator[Fault]:
    days = tuple(name for name, fact in programme.facts.items() if fact.kind == "day")
    for name, stage in programme.stages.items():
        for at, task in enumerate(stage.tasks):
            yield from _task(task, f"stages.{name}.tasks.{at}", stage, programme, days)


def _alike(programme: Programme) -> Iterator[Fault]:
    """Whatever stands in several stages under one name is the same in each: it is found by its name alone."""
    seen: dict[tuple[str, str], Part] = {}
    for name, stage in programme.stages.items():
        parts: list[tuple[str, str, Part]] = [
            *((f"tasks.{at}", each.id, each) for at, each in enumerate(stage.tasks)),
            *((f"contacts.{at}", each.id, each) for at, each in enumerate(stage.contacts)),
            *((f"measures.{at}", each.name, each) for at, each in enumerate(stage.measures)),
            *((FOLLOW_UP, FOLLOW_UP, each) for each in (stage.follow_up,) if each),
        ]
        for where, id, part in parts:
            if seen.setdefault((where.partition(".")[0], id), part) != part:
                yield Fault(f"stages.{name}.{where}", f"「{id}」在另一階段寫法不同：請一致或改名",
                            f"{id} is written otherwise in another stage: write both alike, "
                            "or name one anew")  # fmt: skip


def _task(task: Task, where: str, stage: Stage, programme: Programme, days: tuple[str, ...]) -> Iterator[Fault]:
    if task.start not in (STAGE, *days):
        yield unknown(f"{where}.start", task.start, (STAGE, *days))
    if task.contact and task.contact not in (known := tuple(each.id for each in stage.contacts)):
        yield unknown(f"{where}.contact", task.contact, known)
    yield from _clock(task, where)
    if task.id in NAMED:
        yield Fault(
            f"{where}.id", f"「{task.id}」已有他用：請換名", f"{task.id} means something else: use another name"
        )
    if task.by and task.by not in UNITS:
        yield unknown(f"{where}.by", task.by, UNITS)
    if task.evidence and task.evidence not in _evidence(programme):
        yield Fault(f"{where}.evidence", f"沒有回覆會附「{task.evidence}」：請列入某回覆的 needs",
                    f"no answer brings {task.evidence}: name it under needs of one")  # fmt: skip


def _clock(task: Task, where: str) -> Iterator[Fault]:
    """Spans last: counted backwards they would be over as they begin, and nothing would be owed that anybody can do."""
    spans = {"every": task.every if isinstance(task.every, Span) else None, "until": task.until}
    if task.start == STAGE:
        spans["due"] = task.due
    for field in (name for name, span in spans.items() if span and span.amount < 1):
        yield Fault(f"{where}.{field}", "須為 1 以上；倒數請以 start 指明所依之日",
                    "write 1 or more; only from a day that start names one counts backwards")  # fmt: skip
    if task.until and not task.is_periodic:
        yield Fault(f"{where}.until", "until 只用於 every: week、month、quarter、year；其他事項逾期仍可補辦",
                    "until is for what is owed every week, month, quarter or year; "
                    "anything else can be done late")  # fmt: skip


def _evidence(programme: Programme) -> set[str]:
    parts = chain.from_iterable((stage.needs, *(each.needs for each in stage.next.values())) for stage in
                                programme.stages.values())  # fmt: skip
    return set(chain.from_iterable(parts)) - {*programme.contacts, *programme.facts, PAID}


def _needs(programme: Programme) -> Iterator[Fault]:
    """What an answer waits for can come about."""
    for name, stage in programme.stages.items():
        here = {each.id for each in stage.contacts}
        for answer, each in stage.next.items():
            for need in {*each.needs, *stage.needs} & {*programme.contacts} - here:
                yield Fault(f"stages.{name}.next.{answer}.needs", f"此階段不能記錄「{need}」：請加入 contacts",
                            f"{need} cannot be recorded in this stage: add it to its contacts")  # fmt: skip
            if PAID in (*each.needs, *stage.needs) and not programme.amounts:
                yield Fault(f"stages.{name}.next.{answer}.needs", "沒有 amounts，無從撥款",
                            "nothing can be paid: write amounts, or drop the need")  # fmt: skip
    if programme.pausable and programme.pausable.longest.amount < 1:
        yield Fault("pausable.longest", "須為 1 以上", "write 1 or more")
    if programme.unit not in UNITS:
        yield unknown("unit", programme.unit, UNITS)
    for name, stage in programme.stages.items():
        for at, contact in enumerate(stage.contacts):
            for unit in contact.units:
                if unit not in UNITS and unit not in OTHERS:
                    yield unknown(f"stages.{name}.contacts.{at}.with", unit, (*sorted(OTHERS), *UNITS))
            for measure in contact.measures:
                if measure not in programme.measures:
                    yield unknown(f"stages.{name}.contacts.{at}.measures", measure, programme.measures)


def _entry(programme: Programme) -> Iterator[Fault]:
    try:
        assert programme.cells is not None
    except TableError as error:
        yield Fault(error.where, error.zh, error.how)
    if programme.programme == "programme":
        yield Fault("programme", "「programme」已有他用：請換名", "programme means something else: use another name")
    if programme.ages and not programme.ages[0] < programme.ages[1]:
        yield Fault("ages", "請寫 [起, 未滿]，如 [12, 18]", "write [from, below], such as [12, 18]")
    for name, fact in programme.facts.items():
        if (fact.kind == "code") != bool(fact.values):
            yield Fault(f"facts.{name}", "kind: code 須列 values，其他則不列",
                        "a code needs its values, and nothing else has any")  # fmt: skip
    if any(task.or_age for task in programme.tasks.values()) and programme.of != "person":
        yield Fault("of", "or_age 只用於 of: person", "or_age is for one person: write of: person")


def _amounts(programme: Programme) -> Iterator[Fault]:
    for item, amount in programme.amounts.items():
        bounds = [(name, value) for name in ("least", "most", "per_time", "per_year") if (value := _of(amount, name))]
        for (low, less), (high, more) in pairwise(bounds):
            if less > more:
                yield Fault(f"amounts.{item}.{high}", f"{high} 不可低於 {low}（{less:,}）",
                            f"{high} is below {low} ({less:,}): raise it")  # fmt: skip
        if not bounds and not amount.per_count:
            yield Fault(f"amounts.{item}", "沒有任何上限：請寫 most、per_time、per_count 或 per_year",
                        "nothing bounds it: write most, per_time, per_count or per_year")  # fmt: skip
        for stage in amount.stages:
            if stage not in programme.stages:
                yield unknown(f"amounts.{item}.stages", stage, programme.stages)


def _of(amount: Amount, name: str) -> int | None:
    value: int | None = getattr(amount, name)
    return value


def _figures(programme: Programme) -> Iterator[Fault]:
    for name, figure in programme.figures.items():
        where = f"figures.{name}"
        for other in (*figure.sum, *(figure.ratio or ())):
            if other not in programme.figures:
                yield unknown(where, other, programme.figures)
        if name in _counted_from(programme, name):
            yield Fault(where, "此數由自己算出：請改由其他數計算", "it is counted from itself: count it from others")
        yield from _asked(figure, where, programme)


def _counted_from(programme: Programme, name: str) -> set[str]:
    seen: set[str] = set()
    ahead = [name]
    while ahead:
        figure = programme.figures.get(ahead.pop())
        fresh = {*figure.sum, *(figure.ratio or ())} - seen if figure else set()
        seen |= fresh
        ahead += fresh
    return seen


def _asked(figure: Figure, where: str, programme: Programme) -> Iterator[Fault]:
    """What a count asks for exists, and belongs to what it counts."""
    answers = {answer for stage in programme.stages.values() for answer in stage.next}
    known: Mapping[str, Iterable[str]] = {
        "answer": answers, "stage": programme.stages, "contact": programme.contacts, "item": programme.amounts,
        "task": [*programme.tasks], "entered_by": programme.enters_by,
    }  # fmt: skip
    for field, codes_ in known.items():
        asked = getattr(figure, field)
        if asked and asked not in codes_:
            yield unknown(f"{where}.{field}", asked, codes_)
    for fact, value in figure.facts.items():
        yield from fact_unknown(fact, value, f"{where}.facts.{fact}", programme)
    for field in ("answer", "evidence", "contact", "kind", "task", "state", "item"):
        if getattr(figure, field) and field not in _BELONGS.get(figure.count or "", ()):
            yield Fault(f"{where}.{field}", f"count: {figure.count} 不能依 {field} 計算",
                        f"{figure.count or 'this'} is not counted by {field}")  # fmt: skip


_BELONGS: Mapping[str, tuple[str, ...]] = {
    "answers": ("answer", "evidence"), "contacts": ("contact", "kind"), "due": ("task", "state"), "granted": ("item",),
    "paid": ("item",), "ended": ("answer",),
}  # fmt: skip


def _measures(programme: Programme) -> Iterator[Fault]:
    for name, stage in programme.stages.items():
        for at, measure in enumerate(stage.measures):
            if measure.least >= measure.most:
                yield Fault(f"stages.{name}.measures.{at}", "from 須小於 to", "from must be below to")


def _words(programme: Programme) -> Iterator[Fault]:
    for code, where in codes(programme):
        if code not in programme.words and code not in NAMED and code not in UNITS:
            yield Fault(where, f"「{code}」沒有名稱：請在 words 加 {code}: [中文, English]",
                        f"{code} has no words: add {code}: [中文, English] under words")  # fmt: skip


assert FOLLOW_UP in NAMED
