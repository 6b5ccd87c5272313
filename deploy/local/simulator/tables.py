"""What happened, as tables for a terminal; every count comes from a service, every published share from the county."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from contracts.words import every
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from simulator.day import PlannedReport
from simulator.figures import group_of, mix, outcomes, shares, sources
from simulator.post import Result
from simulator.watch import Answer, Picture, Silence, Stack

_OTHER_WORDS = {"total": "合計", "pending": "待決"}
_OUTCOMES = ("duplicate", "transferred", "welfare_centre", "protection", "no_dispatch")


def shown(picture: Picture, plan: Sequence[PlannedReport], results: Sequence[Result]) -> Group:
    """Everything but the addresses."""
    return Group(
        _or_silence(picture.sources, _by_source),
        _or_silence(picture.outcomes, _by_outcome),
        _summary(picture, plan, results),
        _or_silence(picture.ledger, conservation),
    )


def conservation(ledger: Answer) -> RenderableType:
    """received = decided + open, shown as equal; or, loudly, what is missing and what is overdue."""
    decided = sum(ledger["decided"].values())
    sign = "=" if ledger["equal"] else "≠"
    sums = f"received 收件 {ledger['received']} {sign} decided 已決 {decided} + open 未決 {ledger['open']}"
    served = " · ".join(f"{what} {ledger[what]}" for what in ("accepted", "returned", "waiting") if what in ledger)
    lost = [f"{what}: {', '.join(ids)}" for what in ("missing", "overdue") if (ids := ledger.get(what))]
    good = is_conserved(ledger)
    verdict = "equal 相符" if good else "NOT EQUAL 不相符" if not ledger["equal"] else "MISSING 遺失"
    text = "\n".join([f"{sums}   {verdict}", served, *lost])
    title = f"Conservation 守恆 {ledger['county']} {ledger['day']}"
    return Panel(Text(text), title=title, border_style="green" if good else "bold red", expand=False)


def is_conserved(ledger: Answer | Silence) -> bool:
    return not isinstance(ledger, Silence) and bool(ledger["equal"]) and not ledger.get("missing")


def addresses(stack: Stack) -> Table:
    """The pages, and who may sign in."""
    table = Table("Page 頁面", "Address 網址", title="Look for yourself 請看", title_justify="left")
    pages = {
        "intake": "calls, codes 登打通報、張貼碼",
        "dispatch": "live board 即時看板",
        "network": "joint cases 共案",
        "notify": "messages, groups, rota 訊息、群組、值班",
        "line": "LINE groups 群組（本機替身）",
        "mail": "mail 郵件（本機替身）",
    }
    for service, what in pages.items():
        if service in stack.services:
            table.add_row(what, f"{stack.services[service].rstrip('/')}/")
    for role, officer in stack.officers.items():
        table.add_row(f"sign in as {role}", f"{officer['username']} / {officer['password']}")
    return table


def _or_silence(answer: Answer | Silence, draw: Callable[[Answer], RenderableType]) -> RenderableType:
    return _unheard(answer) if isinstance(answer, Silence) else draw(answer)


def _by_source(answer: Answer) -> Table:
    """Case type x source unit, and each source's share beside the published one."""
    table = Table(title="Reports by source 通報來源", title_justify="left")
    table.add_column("case type 案件類型", no_wrap=True)
    for source in sources():
        table.add_column(f"{source}\n{_zh(source)}", justify="right", overflow="fold")
    table.add_column("total\n合計", justify="right")
    counts = {source: [int(row.get(source, 0)) for row in answer["rows"]] for source in sources()}
    for place, row in enumerate(answer["rows"]):
        cells = [counts[source][place] for source in sources()]
        table.add_row(_named(row["case_type"]), *map(str, cells), str(sum(cells)))
    table.add_section()
    table.add_row("share 占比", *_percents([sum(counts[source]) for source in sources()]))
    published = mix()
    totals = [sum(n for (_, source), n in published.items() if source == one) for one in sources()]
    table.add_row("published 2021 公布", *_percents(totals), style="dim")
    return table


def _by_outcome(answer: Answer) -> Table:
    """Case type x outcome: count, share, and the published share in brackets."""
    title = "Outcomes 派案結果: count, share (share published for Jan-Sep 2021 公布占比)"
    table = Table("case type 案件類型", title=title, title_justify="left")
    decided = [f"{name}\n{_zh(name)}" for name in _OUTCOMES]
    for heading in ("reports\n通報", "persons\n人數", *decided, "pending\n待決"):
        table.add_column(heading, justify="right")
    for row in answer["rows"]:
        table.add_row(_named(row["case_type"]), *_outcome_cells(row, group_of(row["case_type"])))
    table.add_section()
    table.add_row(_named("total"), *_outcome_cells(answer["total"], "total"), style="bold")
    return table


def _outcome_cells(row: Mapping[str, int], group: str) -> list[str]:
    ours, published = shares(row), shares(outcomes(group))
    decided = [f"{row[name]}  {ours[name]:.0%} ({published[name]:.0%})" for name in _OUTCOMES]
    return [str(row["reports"]), str(row["persons"]), *decided, str(row["pending"])]


def _summary(picture: Picture, plan: Sequence[PlannedReport], results: Sequence[Result]) -> Table:
    table = Table(show_header=False, title="The run 本次模擬", title_justify="left")
    receipts = [result for result in results if result.receipt]
    kinds = [report.kind for report in plan]
    table.add_row("posted 送出", f"{len(results)} reports by {len({one.source for one in results})} kinds of agency")
    table.add_row("receipts 收據", f"{len(receipts)}, {sum(one.attempts - 1 for one in results)} retries")
    repeats, away = kinds.count("duplicate") + kinds.count("same_instant"), kinds.count("elsewhere")
    table.add_row("planned 計畫中", f"{repeats} duplicates ({kinds.count('same_instant')} sent at the same instant), "
                  f"{away} of other counties, {kinds.count('returning')} of families that come back")  # fmt: skip
    table.add_row("cases 共案", _cases(picture.cases))
    for what, told in _messages(picture.deliveries).items():
        table.add_row(what, told)
    return table


def _cases(answer: Answer | Silence) -> str | Text:
    if isinstance(answer, Silence):
        return _unheard(answer)
    return f"{answer['opened']} opened 開案, {answer['joined']} reports joined one 併入, {answer['open']} open now"


def _messages(answer: Answer | Silence) -> dict[str, str | Text]:
    if isinstance(answer, Silence):
        return {"messages 訊息": _unheard(answer)}
    took = answer["seconds_from_received_to_sent"]
    times = f"p50 {_seconds(took['p50'])}, p99 {_seconds(took['p99'])} of {took['n']}"
    return {"messages 訊息": ", ".join(f"{n} {state}" for state, n in answer["states"].items()), "POST to LINE": times}


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f} s"


def _percents(counts: Iterable[int]) -> list[str]:
    listed = list(counts)
    return [f"{n / max(1, sum(listed)):.1%}" for n in (*listed, sum(listed))]


def _named(code: str) -> str:
    return f"{_zh(code)} {code}"


def _zh(code: str) -> str:
    """What stands beside the code on screen."""
    return said.short if (said := every().get(code)) else _OTHER_WORDS.get(code, "")


def _unheard(silence: Silence) -> Text:
    return Text(f"NO ANSWER 無回應: {silence.asked}: {silence.why}", style="bold red")
