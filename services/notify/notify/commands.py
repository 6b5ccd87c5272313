"""What an operator does beside a running notify: ask LINE how we stand, send again what failed."""

import argparse
import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from kit import mongo
from kit.sealed import KeyVault

from notify.anew import Anew
from notify.checking import Finding, findings
from notify.domain.exercise import Exercise
from notify.domain.tokens import AcceptTokens
from notify.exercises.running import Rehearsal, TooSoon
from notify.exercises.store import Exercises
from notify.groups.store import Groups
from notify.line import LineApi
from notify.mail.store import MailAddresses
from notify.people.store import LinePeople
from notify.policies import load_policies
from notify.rota.store import Rotas
from notify.settings import Settings
from notify.store import Deliveries, Delivery
from notify.wording import load_wording
from notify.writing import Writer


def resend(settings: Settings, arguments: Sequence[str]) -> None:
    """`python -m notify resend --by NAME [--hours 24] [--reason refused] [--list] [ID ...]`."""
    parser = argparse.ArgumentParser(prog="notify resend", description="Sends failed notices again, each once.")
    parser.add_argument("ids", nargs="*", help="deliveries; all that failed when none is named")
    parser.add_argument("--by", required=True, help="who wants it: kept with each")
    parser.add_argument("--hours", type=float, default=24, help="of those queued so many hours ago at most")
    parser.add_argument("--reason", help="only what failed so: refused, unknown_group, expired, quota")
    parser.add_argument("--list", action="store_true", help="say which, send none")
    told = parser.parse_args(arguments)
    since = datetime.now(UTC) - timedelta(hours=told.hours)
    for line in asyncio.run(_resend(settings, told.ids, since, told.reason, "" if told.list else told.by)):
        print(line)


def exercise(settings: Settings, arguments: Sequence[str]) -> int:
    """`python -m notify exercise --by NAME --county COUNTY`: a communication test; 1 when the last one is too near."""
    parser = argparse.ArgumentParser(prog="notify exercise", description="Tests every channel of a county.")
    parser.add_argument("--by", required=True, help="who wants it: kept with the test")
    parser.add_argument("--county", required=True, help="such as chiayi-county")
    told = parser.parse_args(arguments)
    try:
        test = asyncio.run(_exercise(settings, told.by, told.county))
    except TooSoon:
        print(f"The last test of {told.county} was less than 48 hours ago.")
        return 1
    print(f"{test.id}: {len(test.calls)} calls; GET /v1/tests/{test.id} tells who answers")
    return 0


async def _exercise(settings: Settings, by: str, county: str) -> Exercise:
    client = mongo.connect(settings.mongo_url)
    database = mongo.database(client, settings.database_prefix + "notify")
    vault, groups = KeyVault.of(client, settings), Groups(database)
    people, addresses = LinePeople(database, vault), MailAddresses(database, vault)
    mail = addresses if settings.mail_host else None
    exercises, writer = Exercises(client, database), _writer(settings, groups)
    # Whoever serves sends what is queued.
    rehearsal = Rehearsal(exercises, groups, Rotas(database), people, mail, writer, lambda: None)
    try:
        return await rehearsal.begin(county, by)
    finally:
        client.close()


def _writer(settings: Settings, groups: Groups) -> Writer:
    tokens = AcceptTokens(settings.line_channel_secret.get_secret_value().encode())
    policies = load_policies(settings.escalation_file)
    return Writer(groups, settings.groups, load_wording(), tokens, settings.sites, policies)


def check(settings: Settings) -> int:
    """Print what LINE tells of our account, and what only people can see; 1 when something is bad."""
    found = asyncio.run(_check(settings))
    print(*found, sep="\n")
    return int(any(each.well is False for each in found))


async def _check(settings: Settings) -> list[Finding]:
    line = LineApi(settings.line, seconds=settings.line_timeout_seconds, connections=1)
    async with line.running():
        return await findings(line, settings.groups)


async def _resend(settings: Settings, ids: Sequence[str], since: datetime, reason: str | None, by: str) -> list[str]:
    client = mongo.connect(settings.mongo_url)
    database = mongo.database(client, settings.database_prefix + "notify")
    deliveries = Deliveries(database)
    writer = _writer(settings, Groups(database))
    anew = Anew(deliveries, writer)
    known = writer.wording.templates
    failed = [each for each in await deliveries.failed(since, reason) if each.notice.template in known]
    failed = [each for each in failed if not ids or each.id in ids]
    lines = [_line(each, await anew.send(each, by) if by else None) for each in failed]
    client.close()
    return [*lines, f"{len(failed)} {'sent again' if by else 'failed'}"]


def _line(failed: Delivery, anew: Delivery | None) -> str:
    parts = (failed.id, failed.notice.unit, failed.notice.template, failed.reason or "", anew.id if anew else "")
    return "  ".join(parts).rstrip()
