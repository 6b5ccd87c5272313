"""`safetynet`: status, lag, dead letters, agencies, topics."""

import asyncio
import sys

import httpx
import typer
from aiokafka.errors import KafkaError
from rich.console import Console

from safetynet import agencies, lag, letters, status, topics
from safetynet.place import Place, Unplaced

HELP = """For whoever runs the platform.

In a folder with .run/stack.json it knows where everything is. Elsewhere say so: KAFKA_BOOTSTRAP (and the other settings
of a service's Kafka), SAFETYNET_INTAKE, _DISPATCH, _NETWORK, _NOTIFY, and SAFETYNET_TOKEN of an administrator.
"""
app = typer.Typer(add_completion=False, no_args_is_help=True, help=HELP)
app.add_typer(letters.app, name="dead-letters")
app.add_typer(agencies.app, name="agencies")
registry = typer.Typer(help="The contracts registry against the cluster.")
app.add_typer(registry, name="topics")


@app.command("status")
def show_status() -> None:
    """The state of the services; exit code 1 when one is not ready."""
    place = Place.here()
    if not place.services:
        place.address("intake")
    answers = asyncio.run(status.ask_all(place))
    Console().print(status.services(answers), status.counties(answers))
    raise typer.Exit(0 if all(each.well for each in answers) else 1)


@app.command("lag")
def show_lag() -> None:
    """How far each reader is behind, according to Kafka itself."""
    Console().print(lag.shown(asyncio.run(lag.lags(Place.here()))))


@registry.command("check")
def check_topics() -> None:
    """Every topic with its partitions, replicas and retention; exit code 1 when one is missing or wrong."""
    checked = asyncio.run(topics.check(Place.here()))
    Console().print(topics.shown(checked))
    raise typer.Exit(1 if any(each.faults for each in checked) else 0)


def main() -> None:
    """Run the command line; what the operator can fix is one line, not a traceback."""
    try:
        app()
    except Unplaced as error:
        sys.exit(str(error))
    except KafkaError as error:
        sys.exit(f"Kafka does not answer at KAFKA_BOOTSTRAP ({type(error).__name__})")
    except httpx.HTTPError as error:
        sys.exit(f"a service does not answer ({type(error).__name__})")


if __name__ == "__main__":
    main()
