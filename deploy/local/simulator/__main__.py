"""`python -m simulator day`: posts a county's day to a running stack, watches it, and shows what happened."""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import httpx
import typer
from contracts.words import every
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from simulator import living, tables
from simulator.answering import answering
from simulator.day import PlannedReport, plan_day
from simulator.meeting import Meetings
from simulator.on_call import Roster
from simulator.post import Result, open_postbox, post_day
from simulator.referring import Referring
from simulator.watch import TAIPEI, Picture, Stack, look, read_stack, today, until_settled

_LANES = 32
_LAST_ANSWERS = 3.0

app = typer.Typer(add_completion=False, no_args_is_help=True)
Reports = Annotated[int, typer.Option(min=1, help="how many reports the day has")]
Seed = Annotated[int, typer.Option(help="the same seed makes the same people and events")]


@app.command()
def day(
    stack: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="written by `make up`")] = Path(
        ".run/stack.json"
    ),
    reports: Reports = 120,
    duration: Annotated[str, typer.Option(help="seconds in which the day passes, such as 60s or 2m")] = "60s",
    seed: Seed = 7,
) -> None:
    """Post one day, watch until it is settled, and show it; fails when a report is lost on the way."""
    console = Console(width=None if sys.stdout.isatty() else 160)
    plan = plan_day(reports, seed, datetime.now(TAIPEI))
    good = asyncio.run(_run(console, read_stack(stack), plan, _seconds(duration)))
    raise typer.Exit(0 if good else 1)


@app.command()
def plan(reports: Reports = 120, seed: Seed = 7) -> None:
    """Print the day's plan, one JSON object a line, and post nothing."""
    for report in plan_day(reports, seed, datetime.now(TAIPEI)):
        fields = {"minute": report.minute, "source": report.source, "kind": report.kind, "of": report.of}
        typer.echo(json.dumps(fields | {"body": report.body}, ensure_ascii=False))


async def _run(console: Console, stack: Stack, plan: Sequence[PlannedReport], duration: float) -> bool:
    async with httpx.AsyncClient(timeout=10) as client:
        if "line" in stack.services and stack.units:
            await Roster(client, stack).write()
        started, before = today(), await look(client, stack, today())
        async with answering(stack.services.get("line"), seed=len(plan)):
            results = await _post(console, stack, plan, duration)
            await asyncio.sleep(_LAST_ANSWERS)
            plan, results = await _live(console, client, stack, plan, results)
        pictures = []
        with console.status("waiting until everything is settled 等待處理完成"):
            for one_day, n in sorted(_received_by_day(results).items()):
                expected = n + (before.received() if one_day == started else 0)
                pictures.append(await until_settled(client, stack, one_day, expected))
        lives = await living.states(client, stack)
        referrals = await Referring(client, stack).refer() if "keeper" in stack.tokens else ""
        meetings = await Meetings(client, stack).hold() if "secretary" in stack.tokens else ""
    console.print(f"cases by state 案件狀態: {living.told(lives)}", markup=False)
    console.print(f"referrals 轉介: {referrals or 'nobody keeps the directory 無人維護名冊'}", markup=False)
    console.print(f"meetings 會議: {meetings or 'nobody convenes 無召集人員'}", markup=False)
    return _show(console, stack, plan, results, pictures)


async def _live(
    console: Console, client: httpx.AsyncClient, stack: Stack, plan: Sequence[PlannedReport], results: list[Result]
) -> tuple[Sequence[PlannedReport], list[Result]]:
    """The units work on what they accepted; then a family whose case was closed is reported again."""
    with console.status("the units work on their cases 各單位處理案件"):
        closed = await living.live(client, stack)
    again = living.reported_again(plan, results, closed)
    async with (postbox := open_postbox(stack.services["intake"], stack.keys, _LANES)).client:
        return [*plan, *again], [*results, *[await postbox.post(each.source, each.body) for each in again]]


async def _post(console: Console, stack: Stack, plan: Sequence[PlannedReport], duration: float) -> list[Result]:
    postbox = open_postbox(stack.services["intake"], stack.keys, _LANES)
    async with postbox.client:
        with _progress(console, len(plan)) as on_result:
            return await post_day(postbox, plan, duration, on_result)


def _received_by_day(results: Sequence[Result]) -> Counter[str]:
    """How many reports have a receipt of each day in the county; almost always one day."""
    instants = {result.receipt["report_id"]: result.receipt["received_at"] for result in results if result.receipt}
    return Counter(f"{datetime.fromisoformat(at).astimezone(TAIPEI):%Y-%m-%d}" for at in instants.values())


def _show(
    console: Console, stack: Stack, plan: Sequence[PlannedReport], results: Sequence[Result], pictures: list[Picture]
) -> bool:
    """Whether every report has a receipt and every ledger is equal."""
    for picture in pictures:
        console.print(tables.shown(picture, plan, results))
    refused = [result for result in results if result.receipt is None]
    for result in refused[:10]:
        told = f"NO RECEIPT 未收到收據: {result.body['sender_ref']}: {result.problem}"
        console.print(told, style="bold red", markup=False)
    console.print(tables.addresses(stack))
    return bool(pictures) and not refused and all(tables.is_conserved(picture.ledger) for picture in pictures)


@contextmanager
def _progress(console: Console, total: int) -> Iterator[Callable[[Result], None]]:
    """A bar on a terminal; elsewhere a plain line at every tenth of the way."""
    if not console.is_terminal:
        yield _plain_progress(console, total)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("a day in Chiayi County 嘉義縣的一天", total=total)
        yield lambda result: bar.update(task, advance=1, description=_told(result))


def _plain_progress(console: Console, total: int) -> Callable[[Result], None]:
    done = 0

    def on_result(result: Result) -> None:
        nonlocal done
        done += 1
        if done * 10 // total > (done - 1) * 10 // total:
            console.print(f"posted {done}/{total}  {_told(result)}", markup=False, highlight=False)

    return on_result


def _told(result: Result) -> str:
    """The report in a few words, without a person in them."""
    said, where = every(), result.body["event"]["place"]["township"]
    return f"{said[result.source].short} {said[result.body['case_type']].short} {where}"


def _seconds(text: str) -> float:
    """`90`, `90s` and `1.5m` in seconds."""
    number, unit = (text[:-1], text[-1]) if text[-1:] in ("s", "m") else (text, "s")
    try:
        return float(number) * {"s": 1, "m": 60}[unit]
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no duration; write 60s or 2m") from None


if __name__ == "__main__":
    app(prog_name="simulator")
