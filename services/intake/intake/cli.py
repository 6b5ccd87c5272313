"""Commands for whoever runs intake: serve, agencies, erasure, the OpenAPI document."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from contracts.reports import SourceUnit
from kit import mongo
from kit.sealed import KeyVault
from kit.serve import prepare, print_openapi, serve
from limits import parse
from web.callers import digest

from intake.agencies.store import Agencies
from intake.app import create_app
from intake.batches.command import batch
from intake.domain.access import Scope
from intake.domain.agency import ALL_COUNTIES, Agency, OauthClient
from intake.rosters.store import Entries
from intake.settings import Settings
from intake.store import Reports

cli = typer.Typer(add_completion=False, help="Intake: where partner agencies post reports.")
agencies = typer.Typer(help="The agencies that may post.")
cli.add_typer(agencies, name="agencies")
cli.add_typer(batch, name="batch")


@cli.callback(invoke_without_command=True)
def run(context: typer.Context) -> None:
    """Serve intake, unless a command is given."""
    if context.invoked_subcommand is None:
        settings = Settings()
        serve(create_app(settings), "intake", settings)


@cli.command("prepare")
def prepared() -> None:
    """Make the indexes and the agencies of AGENCIES_SEED, as each start does."""
    asyncio.run(prepare(create_app(Settings())))


@cli.command()
def openapi() -> None:
    """Print the OpenAPI document."""
    print_openapi(create_app(Settings.without_secrets()))


@agencies.command("add")
def add(  # noqa: PLR0917 -- options are given by name
    id: Annotated[str, typer.Option(help="The agency's id, as it appears in records.")],
    unit: Annotated[SourceUnit, typer.Option(help="What kind of unit it is.")],
    key: Annotated[str | None, typer.Option(help="Its key; without one a new key is made and shown once.")] = None,
    county: Annotated[
        list[str] | None, typer.Option(help="A county it reports to; may be repeated; all when left out.")
    ] = None,
    scope: Annotated[
        list[Scope] | None, typer.Option(help="What its key opens; may be repeated; everything when left out.")
    ] = None,
    rate: Annotated[str | None, typer.Option(help="Its own limit of requests, such as 600/minute.")] = None,
    client: Annotated[
        list[str] | None, typer.Option(help="An OAuth2 client, as 'ISSUER CLIENT_ID'; may be repeated.")
    ] = None,
    days: Annotated[
        int | None, typer.Option(help="After how many days its key expires; never when left out.", min=1)
    ] = None,
    sandbox: Annotated[bool, typer.Option("--sandbox", help="Its reports reach no duty officer.")] = False,
) -> None:
    """Register an agency, or change the one of this id."""
    agency = Agency(
        id,
        unit,
        frozenset(county or [ALL_COUNTIES]),
        sandbox=sandbox,
        scopes=frozenset(scope or ()),
        rate=_rate(rate),
        oauth_clients=frozenset(_client(each) for each in client or ()),
    )
    until = datetime.now(UTC) + timedelta(days=days) if days else None
    secret = key or secrets.token_urlsafe(32)

    async def put(database: mongo.Database, _: Settings) -> None:
        await Agencies(database).put(agency, digest(secret), until)

    _with_database(put)
    typer.echo(f"{id} ({unit.value}) reports to {', '.join(sorted(agency.counties))}")
    if key is None:
        typer.echo(f"key, shown this once: {secret}")


@agencies.command("rotate")
def rotate(
    id: Annotated[str, typer.Option(help="The agency.")],
    hours: Annotated[int, typer.Option(help="For how long the key in use still opens.", min=0)] = 24,
) -> None:
    """Give an agency a new key, shown once; the one in use ends later."""
    secret = secrets.token_urlsafe(32)

    async def put(database: mongo.Database, _: Settings) -> None:
        until = datetime.now(UTC) + timedelta(hours=hours)
        if not await Agencies(database).rotate(id, digest(secret), until=None, former_until=until):
            raise typer.BadParameter("no such agency")

    _with_database(put)
    typer.echo(f"key, shown this once: {secret}")


@agencies.command("list")
def list_all() -> None:
    """Every agency: id, unit, counties."""

    async def show(database: mongo.Database, _: Settings) -> None:
        async for agency in Agencies(database).all():
            state = "" if agency.active else "\tsuspended"
            typer.echo(f"{agency.agency_id}\t{agency.source_unit.value}\t{','.join(sorted(agency.counties))}{state}")

    _with_database(show)


@cli.command()
def erase(
    reason: Annotated[str, typer.Option(help="Why: a code, never a name.")],
    report: Annotated[str | None, typer.Option(help="The report's id.")] = None,
    entry: Annotated[str | None, typer.Option(help="The id of a roster's entry, in place of a report's.")] = None,
) -> None:
    """Destroy the data keys of a report or an entry: nobody can read its people any more, here or in Kafka."""
    if (report is None) == (entry is None):
        raise typer.BadParameter("give --report or --entry")
    id = report or entry or ""

    async def destroy(database: mongo.Database, settings: Settings) -> None:
        keys = mongo.database(database.client, settings.database_prefix + "keyvault")["keys"]
        reports = Reports(database)
        kept = reports if report else Entries(database)
        if not await kept.erase(id, reason, datetime.now(UTC)):
            raise typer.BadParameter("no such report or entry")
        destroyed = await KeyVault(keys, settings.key_bytes("master_key")).destroy(id)
        await reports.erased(id, destroyed, datetime.now(UTC))
        typer.echo(f"{destroyed} data keys destroyed")

    _with_database(destroy)


def _rate(text: str | None) -> str | None:
    try:
        return str(text) if text and parse(text) else None
    except ValueError:
        raise typer.BadParameter("a limit is written as 600/minute") from None


def _client(text: str) -> OauthClient:
    issuer, _, client_id = text.partition(" ")
    if not (issuer and client_id.strip()):
        raise typer.BadParameter("a client is written as 'https://issuer.example CLIENT_ID'")
    return OauthClient(issuer, client_id.strip())


def _with_database(act: Callable[[mongo.Database, Settings], Awaitable[None]]) -> None:
    async def acting() -> None:
        settings = Settings()
        client = mongo.connect(settings.mongo_url)
        try:
            await act(mongo.database(client, settings.database_prefix + "intake"), settings)
        finally:
            client.close()

    asyncio.run(acting())
