"""Dead letters: what readers set aside, shown without personal data, sent back or left aside for good."""

import asyncio
import json
from collections.abc import Coroutine, Iterable
from typing import Annotated, Any, TypeVar

import typer
from kit.dead_letters import DeadLetter, NoLongerKept, topics
from kit.telemetry import log
from rich.console import Console
from rich.table import Table

from safetynet.place import Place

app = typer.Typer(help="What readers set aside, and why. Bodies are shown without what is sealed or in words.")

Found = TypeVar("Found")
Dlq = Annotated[str, typer.Argument(help="A dead-letter topic, such as dispatch.decisions.v1.notify.dlq")]
Most = Annotated[int, typer.Option(min=1, help="How many at the most, the oldest first.")]

PLAIN = frozenset(
    {
        "type",
        "version",
        "county",
        "day",
        "source_unit",
        "case_type",
        "outcome",
        "priority",
        "unit",
        "template",
        "received",
    }
)
"""Fields that say nothing about a person; ids (`*_id`) and times (`*_at`) are shown as well."""


class NoSuchTopic(typer.BadParameter):
    """A topic that is not in the registry."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is no dead-letter topic; there are: {', '.join(topics())}")


@app.command("list")
def listed() -> None:
    """Every dead letter that nobody has dealt with."""

    async def all_of_them() -> list[DeadLetter]:
        here = Place.here().dead_letters()
        return [letter for dlq in topics() for letter in await here.listed(dlq)]

    _show(asyncio.run(all_of_them()), "waiting")


@app.command()
def show(dlq: Dlq, offset: Annotated[int, typer.Option(help="Which one; the oldest without it.")] = -1) -> None:
    """One dead letter: its headers, and its body with everything masked that may name someone."""
    found = _of(dlq, Place.here().dead_letters().read(dlq, offset))
    if found is None:
        raise typer.BadParameter("none waits there")
    letter, headers, body = found
    _show([letter], "shown")
    Console().print_json(data={"headers": headers, "body": covered(body)})


@app.command()
def replay(dlq: Dlq, most: Most = 100) -> None:
    """Send them back to where they came from, once their cause is fixed; each keeps its event id."""
    try:
        _show(_of(dlq, Place.here().dead_letters().replay(dlq, most)), "sent back")
    except NoLongerKept as error:
        raise typer.BadParameter(f"{error}: the oldest that waits can only be discarded") from None


@app.command()
def discard(
    dlq: Dlq,
    reason: Annotated[str, typer.Option(help="Why, without a name: kept beside the group's offset, and logged.")],
    most: Most = 1,
) -> None:
    """Leave them aside for good; they stay in their topic until its retention ends."""
    left = _of(dlq, Place.here().dead_letters().discard(dlq, most, reason))
    for each in left:
        log.warning("dead_letter_discarded", topic=each.topic, event_id=each.event_id, reason=each.reason)
    _show(left, f"discarded: {reason}")


def _of(dlq: str, work: Coroutine[None, None, Found]) -> Found:
    if dlq not in topics():
        work.close()
        raise NoSuchTopic(dlq)
    return asyncio.run(work)


def covered(body: bytes | None) -> Any:
    """A body with its ids, times and codes; of everything else only the type."""
    if not body:
        return None
    try:
        return _covered("", json.loads(body))
    except ValueError:
        return f"<{len(body)} bytes that are no JSON>"


def _covered(name: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _covered(key, each) for key, each in value.items()}
    if isinstance(value, list):
        return [_covered(name, each) for each in value]
    plain = name in PLAIN or name.endswith(("_id", "_at"))
    return value if plain or value is None or isinstance(value, bool) else f"<{type(value).__name__}>"


def _show(found: Iterable[DeadLetter], what: str) -> None:
    table = Table("dead-letter topic", "at", "from", "type", "event", "reason", "tries", title=what)
    for each in found:
        table.add_row(each.dlq, str(each.offset), each.origin, each.type, each.event_id, each.reason, each.attempts)
    Console().print(table)
    Console().print(f"{table.row_count} {what}")
