"""`python -m intake batch send FILE`: sends a file, shows its progress, and lists what to correct."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from contracts.rosters import Roster
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from intake.batches.rows import TYPES

EVERY = 0.3
PIECE = 256 * 1024
MOST_SHOWN = 50
_TYPES = {format.value: name for name, format in reversed(TYPES.items())}

batch = typer.Typer(help="Files of reports, for an agency.")


@batch.callback()
def _batch() -> None:
    """Files of reports, for an agency."""


@batch.command("send")
def send(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV, XLSX or NDJSON.")],
    key: Annotated[str, typer.Option(envvar="AGENCY_KEY", help="The agency's key.")],
    roster: Annotated[Roster | None, typer.Option(help="The file is this roster, not of reports.")] = None,
    url: Annotated[str, typer.Option(envvar="INTAKE_URL", help="Where intake is.")] = "http://127.0.0.1:8101",
) -> None:
    """Send a file, follow it to its end and list the rows to correct; sending it again changes nothing.

    Ends with 1 when rows were refused.
    """
    type = _TYPES.get(file.suffix.lower().lstrip("."))
    if type is None:
        raise typer.BadParameter("the file must be .csv, .xlsx or .ndjson")
    headers = {"authorization": f"Bearer {key}", "accept-language": "zh-TW"}
    query = {"kind": "roster", "roster": roster.value} if roster else {}
    with httpx.Client(base_url=url, headers=headers, timeout=300) as http:
        sent = http.post("/v1/batches", params=query, content=_pieces(file), headers={"content-type": type})
        at = _told(sent)["batch_id"]
        done = _follow(http, f"/v1/batches/{at}")
        counts = " + ".join(f"{done[name]} {name}" for name in ("accepted", "refused", "repeated"))
        Console().print(f"{done['rows']} rows = {counts}")
        if done["refused"]:
            _list(http, f"/v1/batches/{at}/rows")
            raise typer.Exit(1)


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as content:
        while piece := content.read(PIECE):
            yield piece


def _follow(http: httpx.Client, at: str) -> dict[str, Any]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns) as progress:
        bar = progress.add_task("rows", total=None)
        while True:
            shown = _told(http.get(at))
            progress.update(bar, total=shown["rows"], completed=shown["done"])
            if shown["state"] == "done":
                return shown
            time.sleep(EVERY)


def _list(http: httpx.Client, at: str) -> None:
    table = Table("row", "column", "correction")
    for row in _told(http.get(at, params={"state": "refused"}))["rows"][:MOST_SHOWN]:
        for error in row["errors"]:
            table.add_row(str(row["row"]), error["column"] or error["at"], error["detail"])
    Console().print(table)


def _told(answer: httpx.Response) -> dict[str, Any]:
    """The answer, or its problem as this command's."""
    told: dict[str, Any] = answer.json()
    if answer.is_error:
        errors = "".join(f"\n{each['at']}: {each['detail']}" for each in told.get("errors", []))
        raise typer.BadParameter(told["detail"] + errors)
    return told
