"""`python -m kit dead-letters list|replay|discard`: for whoever runs the platform."""

import asyncio
import sys
from collections.abc import Coroutine, Iterable
from typing import Annotated

import typer
from aiokafka.errors import KafkaError
from rich.console import Console
from rich.table import Table

from kit.dead_letters import DeadLetter, DeadLetters, topics
from kit.settings import ServiceSettings

app = typer.Typer(add_completion=False, help="Tools for whoever runs the platform.")
letters = typer.Typer(help="What readers set aside: KAFKA_* and TOPIC_PREFIX say where, as to a service.")
app.add_typer(letters, name="dead-letters")

Dlq = Annotated[str, typer.Argument(help="A dead-letter topic, such as dispatch.decisions.v1.notify.dlq")]
Most = Annotated[int, typer.Option(help="How many at the most, the oldest first.")]


@app.callback()
def main() -> None:
    """Tools for whoever runs the platform."""


def _here() -> DeadLetters:
    told = ServiceSettings.without_secrets()
    return DeadLetters(told.kafka_bootstrap, told.topic_prefix, security=told.kafka_security())


@letters.command("list")
def listed() -> None:
    """Every dead letter that nobody has dealt with, and why it was set aside. Bodies are never shown."""

    async def all_of_them() -> list[DeadLetter]:
        return [letter for dlq in topics() for letter in await _here().listed(dlq)]

    _show(_run(all_of_them()), "waiting")


@letters.command()
def replay(dlq: Dlq, most: Most = 100) -> None:
    """Send them back to where they came from, once their cause is mended. Each keeps its event id."""
    _show(_run(_here().replay(dlq, most)), "sent back")


@letters.command()
def discard(
    dlq: Dlq, reason: Annotated[str, typer.Option(help="Why; printed for the record.")], most: Most = 1
) -> None:
    """Leave them aside for good."""
    _show(_run(_here().discard(dlq, most)), f"discarded: {reason}")


def _run(work: Coroutine[None, None, list[DeadLetter]]) -> list[DeadLetter]:
    """What `work` finds; what the operator can mend is one line, not a traceback."""
    try:
        return asyncio.run(work)
    except KeyError as error:
        sys.exit(f"{error} is no dead-letter topic; there are: {', '.join(topics())}")
    except KafkaError as error:
        sys.exit(f"Kafka does not answer at KAFKA_BOOTSTRAP ({type(error).__name__})")


def _show(found: Iterable[DeadLetter], what: str) -> None:
    table = Table("dead-letter topic", "at", "from", "type", "event", "reason", "tries", title=what)
    for each in found:
        table.add_row(each.dlq, str(each.offset), each.origin, each.type, each.event_id, each.reason, each.attempts)
    Console().print(table)
    Console().print(f"{table.row_count} {what}")


if __name__ == "__main__":
    app()
