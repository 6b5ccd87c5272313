"""Decision tables in words, zh-TW and English: what a row asks and gives, and how two tables differ."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from contracts.codes import names
from contracts.languages import Lang, Said
from rules.cells import Cell

from contracts import words
from dispatch.domain.tables.catalogue import FACTS
from dispatch.domain.tables.table import DecisionTable, Row

_VALUES_ZH: Mapping[str, str] = {
    **{code: said.short for code, said in words.every().items()},
    "intimate": "伴侶", "family": "家人", "unknown": "不詳",
    "same_event": "同一事件", "same_person_new_event": "同一人的新事件", "same_family": "同一家庭", "not_same": "無關",
    "ideation": "有意念", "plan": "有計畫", "act": "已有行動",
}  # fmt: skip
_ASKS: Mapping[str, Said] = {
    "equals": Said("{fact}為{value}", "{fact} is {value}"),
    "one_of": Said("{fact}為{value}", "{fact} is {value}"),
    "any_of": Said("{fact}有{value}", "{fact}: {value}"),
    "all_of": Said("{fact}同時有{value}", "{fact}: {value}"),
    "at_least": Said("{fact} {value} 以上", "{fact} at least {value}"),
    "at_most": Said("{fact} {value} 以下", "{fact} at most {value}"),
    "between": Said("{fact} {value}", "{fact} {value}"),
}  # fmt: skip
_COMMA, _OR = Said("、", ", "), Said("或", " or ")
_LAST: Mapping[str, Said] = {"all_of": Said("及", " and "), "between": Said("至", " to ")}


def asked(cell: Cell, on: date, lang: Lang) -> str:
    """What a cell asks, with the names that codes have on a day."""
    fact = FACTS[cell.fact].zh if lang == "zh" else FACTS[cell.fact].en
    if cell.op == "missing":
        return f"{fact}{'不詳' if cell.value else '已知'}" if lang == "zh" else f"{fact} {_known(cell)}"
    if cell.op == "is":
        return fact if cell.value else f"無「{fact}」" if lang == "zh" else f"not: {fact}"
    values = cell.value if isinstance(cell.value, tuple) else (cell.value,)
    named = [_named(cell, each, on, lang) for each in values]
    return _ASKS[cell.op].in_(lang).format(fact=fact, value=_listed(named, cell.op, lang))


def _listed(values: Sequence[str], op: str, lang: Lang) -> str:
    """勒頸、持械威脅或跟蹤."""
    *others, last = values
    return f"{_COMMA.in_(lang).join(others)}{_LAST.get(op, _OR).in_(lang)}{last}" if others else last


def _known(cell: Cell) -> str:
    return "unknown" if cell.value else "known"


def _named(cell: Cell, value: object, on: date, lang: Lang) -> str:
    code = str(value)
    if lang == "en":
        return code.replace("_", " ")
    codes = names(of, on) if (of := FACTS[cell.fact].codes) else _VALUES_ZH
    return codes.get(code, code)


def told(row: Row, on: date, lang: Lang) -> str:
    """A whole row: when what holds, then which outcome and priority, and why."""
    if lang == "zh":
        when = "，且".join(asked(cell, on, lang) for cell in row.when) or "任何通報"
        return f"{when} → {given(row, lang)}（{row.zh}）"
    when = "; ".join(asked(cell, on, lang) for cell in row.when) or "any report"
    return f"{when} → {given(row, lang)} ({row.en})"


def given(row: Row, lang: Lang) -> str:
    """The outcome and priority of a row, and whether a person decides first."""
    said = words.OUTCOMES[row.outcome]
    if lang == "zh":
        return f"{said.zh}，優先 {row.priority}{'，須由人員先判讀' if row.review else ''}"
    return f"{said.en.lower()}, priority {row.priority}{', a person first' if row.review else ''}"


def differences(old: DecisionTable, new: DecisionTable, lang: Lang) -> Iterator[str]:
    """What `new` adds, drops and changes, row by row, in words; nothing where the tables decide alike."""
    before, after = ({row.id: row for row in (*table.rows, table.default)} for table in (old, new))
    on, zh = new.in_force_from, lang == "zh"
    for id in (*before, *(id for id in after if id not in before)):
        if id not in after:
            yield f"- {id} {'刪除' if zh else 'dropped'}: {told(before[id], on, lang)}"
        elif id not in before:
            yield f"+ {id} {'新增' if zh else 'added'}: {told(after[id], on, lang)}"
        else:
            yield from (f"~ {id} {change}" for change in _changes(before[id], after[id], on, lang))


def _changes(old: Row, new: Row, on: date, lang: Lang) -> Iterator[str]:
    zh = lang == "zh"
    if given(old, lang) != given(new, lang):
        yield f"{'結果' if zh else 'gives'}: {given(old, lang)} → {given(new, lang)}"
    gone, come = (
        [asked(c, on, lang) for c in one.when if c not in other.when] for one, other in ((old, new), (new, old))
    )
    if gone or come:
        nothing = "不限" if zh else "anything"
        join = "，且" if zh else "; "
        yield f"{'條件' if zh else 'asks'}: {join.join(gone) or nothing} → {join.join(come) or nothing}"
    if (old.zh, old.en) != (new.zh, new.en):
        words = (old.zh, new.zh) if zh else (old.en, new.en)
        yield f"{'理由' if zh else 'says'}: {words[0]} → {words[1]}"
