"""`python -m dispatch.tables_cli check|show|diff|replay|propose|approve`: a table proved, read, compared, tried out.

`propose` and `approve` go through dispatch (DISPATCH_URL, and a supervisor's DISPATCH_TOKEN): two people publish.

A table is a county (chiayi-county), a county on a day (chiayi-county@2026-11-22), or the path of a YAML file.
"""

import sys
import time
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml
from contracts.languages import LANGUAGES, Lang, Said
from kit import mongo
from rich.console import Console
from rich.markup import escape
from rich.progress import track
from rules.cells import TableError
from rules.spans import TAIPEI

from dispatch.domain.period import Period
from dispatch.domain.tables.checking import check
from dispatch.domain.tables.replay import replay
from dispatch.domain.tables.table import DecisionTable, parse
from dispatch.domain.tables.wording import differences, told
from dispatch.policy import policies
from dispatch.publishing.replay_results import tables_of
from dispatch.publishing.store import Archive
from dispatch.publishing.terminal import approved, proposed
from dispatch.settings import Settings

OUT = Console(highlight=False)
ALIKE = Said("兩表決定相同", "the tables decide alike")


def main(argv: Sequence[str] | None = None) -> int:
    """0 when all is well; 1 when a table is at fault or cannot be read, with how to correct it."""
    chosen = _parser().parse_args(argv)
    run: Callable[[Namespace], int] = chosen.run
    try:
        return run(chosen)
    except TableError as error:
        OUT.print(f"[red]✗[/] {escape(str(error))}", soft_wrap=True)
    except mongo.UNAVAILABLE as error:
        OUT.print(f"[red]✗[/] MongoDB does not answer; set MONGO_URL: {escape(str(error))}", soft_wrap=True)
    return 1


def checked(chosen: Namespace) -> int:
    tables = [_table(name) for name in chosen.tables] or [each for all in policies().tables.values() for each in all]
    return max(_checked(table) for table in tables)


def _checked(table: DecisionTable) -> int:
    found = check(table)
    name = f"{table.county} {table.in_force_from} · {len(table.rows)} 條規則 rows · {table.author}"
    if not found:
        OUT.print(f"[green]✓[/] {name}\n  無缺口、無死條、無矛盾、代碼皆有效、越危險不會越輕", soft_wrap=True)
        OUT.print("  no gap, no dead row, no contradiction, every code known, monotone", soft_wrap=True)
        return 0
    OUT.print(f"[red]✗[/] {name}", soft_wrap=True)
    for finding in found:
        OUT.print(f"  [yellow]{finding.fault}[/] {finding.zh}\n    {finding.en}", soft_wrap=True)
    return 1


def shown(chosen: Namespace) -> int:
    table = _table(chosen.table)
    sample = "（範例，待縣市取代 a sample to replace）" if table.sample else ""
    OUT.print(f"{table.county} {table.in_force_from} · {table.author} {sample}", style="bold", soft_wrap=True)
    for row in (*table.rows, table.default):
        for lang in _langs(chosen):
            OUT.print(f"[cyan]{row.id:8}[/] {told(row, table.in_force_from, lang)}", soft_wrap=True)
    return 0


def compared(chosen: Namespace) -> int:
    old, new = _table(chosen.old), _table(chosen.new)
    for lang in _langs(chosen):
        changes = list(differences(old, new, lang))
        for change in changes or [ALIKE.in_(lang)]:
            OUT.print(change, soft_wrap=True, markup=False)
    return 0


def replayed(chosen: Namespace) -> int:
    draft, settings = _table(chosen.table), Settings.without_secrets()
    period = Period(chosen.county, chosen.first, chosen.last)
    policy = policies().in_force(chosen.county, chosen.last)
    if draft.county != chosen.county:
        raise TableError("county", f"the draft is for {draft.county}; write county: {chosen.county}")
    _checked(draft)
    started = time.monotonic()
    with Archive(settings.mongo_url, settings.database_prefix + "dispatch") as archive:
        reports = track(archive.decided(period), "重跑 replaying", total=archive.count(period), console=OUT)
        flips = replay(reports, draft, policy)
    seconds, count = time.monotonic() - started, flips.decided + flips.by_people
    OUT.print(f"{count:,} 件 reports, {seconds:.1f} s；未寫入任何資料 nothing was written", soft_wrap=True)
    OUT.print(*tables_of(flips))
    return 0


def _table(name: str) -> DecisionTable:
    """A table by path, county, or county@day. Raises TableError that says how to name one."""
    county, _, day = name.partition("@")
    if county in policies().tables:
        return policies().in_force(county, _day(day) if day else datetime.now(TAIPEI).date()).table
    if not Path(name).is_file():
        raise TableError(name, f"name a YAML file, or one of {', '.join(policies().tables)}")
    try:
        document = yaml.safe_load(Path(name).read_text("utf-8"))
    except yaml.YAMLError as error:
        raise TableError(name, f"correct the YAML: {error}") from None
    if not isinstance(document, dict):
        raise TableError(name, "write a mapping with county, in_force_from, author, default and rows")
    return parse(document)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise TableError(text, "write the day as 2026-11-22") from None


def _langs(chosen: Namespace) -> Sequence[Lang]:
    return LANGUAGES if chosen.lang == "both" else [chosen.lang]


def _parser() -> ArgumentParser:
    parser = ArgumentParser("dispatch.tables_cli", description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True, metavar="check|show|diff|replay|propose|approve")
    check = _command(commands, "check", checked, "prove tables; without one, all that are packaged")
    check.add_argument("tables", nargs="*", metavar="TABLE")
    show = _command(commands, "show", shown, "a table in words")
    show.add_argument("table", metavar="TABLE")
    diff = _command(commands, "diff", compared, "what another table changes, in words")
    diff.add_argument("old", metavar="OLD")
    diff.add_argument("new", metavar="NEW")
    replay = _command(commands, "replay", replayed, "decide a past period again under a draft; writes nothing")
    replay.add_argument("--table", required=True)
    _add_period(replay)
    propose = _command(commands, "propose", proposed, "send a file as a draft, replay it, ask for approval")
    propose.add_argument("file")
    propose.add_argument("--words", default="", help="for the supervisor who approves")
    _add_period(propose)
    approve = _command(commands, "approve", approved, "publish what another supervisor proposed")
    approve.add_argument("draft", metavar="DRAFT")
    return parser


def _add_period(command: ArgumentParser) -> None:
    command.add_argument("--county", required=True)
    command.add_argument("--from", required=True, dest="first", type=date.fromisoformat, metavar="DAY")
    command.add_argument("--to", required=True, dest="last", type=date.fromisoformat, metavar="DAY")


def _command(commands: Any, name: str, run: Callable[[Namespace], int], help: str) -> ArgumentParser:
    command: ArgumentParser = commands.add_parser(name, help=help)
    command.add_argument("--lang", choices=(*LANGUAGES, "both"), default="both")
    command.set_defaults(run=run)
    return command


if __name__ == "__main__":
    sys.exit(main())
