"""The composition root of notify, to be read from top to bottom."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from contracts.topics import DELIVERIES
from fastapi import FastAPI
from kit import health, mongo
from kit.health import Check
from kit.kafka import Kafka
from kit.sealed import BlindIndexes, KeyVault
from kit.serve import add_routes, application
from web.callers import Callers
from web.door import Door

from notify import api, consumers, frame, webhook
from notify.acceptances import Acceptances
from notify.anew import Anew
from notify.calendars import api as calendar_api
from notify.calendars.store import Feeds
from notify.codes import Codes
from notify.domain.tokens import AcceptTokens
from notify.escalation import api as escalation_api
from notify.escalation import pages as escalation_pages
from notify.escalation.reach import Reach
from notify.escalation.running import Escalations
from notify.escalation.store import Runs
from notify.groups import api as groups_api
from notify.groups import pages as group_pages
from notify.groups.api import Registry
from notify.groups.store import Groups
from notify.groups.watch import GroupWatch
from notify.happenings.handling import Happenings
from notify.happenings.membership import Membership
from notify.happenings.store import LineEvents
from notify.ledger import pages as ledger_pages
from notify.ledger.store import Ledger
from notify.line import LineApi
from notify.mail import api as mail_api
from notify.mail.sending import Mailer
from notify.mail.store import MailAddresses
from notify.people import api as people_api
from notify.people import pages as people_pages
from notify.people.store import LinePeople
from notify.people.telling import Telling
from notify.policies import load_policies
from notify.pressers import Pressers
from notify.pusher import Pusher
from notify.referred.presses import ReferralPresses
from notify.rota import api as rota_api
from notify.rota import pages as rota_pages
from notify.rota.alarms import Alarms
from notify.rota.api import Office
from notify.rota.dry_run import DryRun
from notify.rota.store import Rotas
from notify.rounds import Rounds
from notify.routing.loading import load_routing
from notify.settings import Settings
from notify.store import Deliveries
from notify.swaps import api as swap_api
from notify.swaps.store import Swaps
from notify.wording import load_wording
from notify.works import Kept, Works
from notify.writing import Writer

APIS = (api, escalation_api, groups_api, people_api, mail_api, rota_api, swap_api, calendar_api, webhook)
PAGES = (escalation_pages, ledger_pages, group_pages, rota_pages, people_pages)


def create_app(settings: Settings) -> FastAPI:
    """The service, not connected yet."""
    client = mongo.connect(settings.mongo_url)
    database = mongo.database(client, settings.database_prefix + "notify")
    kafka = Kafka.of(settings, "notify")
    deliveries, webhooks = Deliveries(database, kafka.publish), LineEvents(database)
    vault = KeyVault.of(client, settings)
    groups, people, addresses = Groups(database), LinePeople(database, vault), MailAddresses(database, vault)
    runs, rotas = Runs(client, database, deliveries), Rotas(database)
    codes = Codes(BlindIndexes(settings.key_bytes("blind_index_key")))
    line = LineApi(settings.line, seconds=settings.line_timeout_seconds, connections=settings.line_concurrency)
    secret = settings.line_channel_secret.get_secret_value()
    wording, tokens = load_wording(), AcceptTokens(secret.encode())
    policies, routing = load_policies(settings.escalation_file), load_routing(settings.routing_file)
    writer = Writer(groups, settings.groups, wording, tokens, settings.sites, policies)
    pusher = Pusher(
        deliveries, groups, line, people, runs=runs, compose=writer.card_of, holder=settings.place,
        concurrency=settings.line_concurrency, timeout=settings.line_timeout_seconds,
        backoff=settings.line_backoff_seconds, doubt=settings.line_doubt_seconds,
        reserve_percent=routing.budget.reserve_percent, has_mail=bool(settings.mail_host),
    )  # fmt: skip
    works = Works(
        Kept(client, database, vault, deliveries, runs, groups, people, rotas, addresses),
        writer, routing, pusher, settings,
    )  # fmt: skip
    mail = addresses if settings.mail_host else None
    reach = Reach(rotas, people, line, mail=mail, registry=writer, groups=groups, line_takes=pusher.line_takes)
    escalations = Escalations(runs, reach, writer, pusher.wake)
    mailer = Mailer(deliveries, runs, addresses, writer=writer, server=settings.mail, holder=settings.place)
    telling, watch = (
        Telling(deliveries, reach, writer, pusher.wake),
        GroupWatch(groups, deliveries, line, settings.groups),
    )
    alarms = Alarms(rotas, reach, telling, Rounds(database), routing.rota_check)
    dry_run = DryRun(rotas, reach, groups, policies, settings.groups, alarms)
    pressers = Pressers(people, line, codes, wording.replies.someone, settings.line_unbound_press == "accepts")
    acceptances = Acceptances(
        deliveries, runs, pressers, ReferralPresses(deliveries, pressers, writer), tokens=tokens, wording=wording
    )
    ledger, feeds, swaps = Ledger(database), Feeds(database), Swaps(client, database, rotas)
    door = Door.of("notify", database, settings, key=settings.key_bytes("master_key"))
    happenings = Happenings(
        webhooks, acceptances,
        Membership(groups, watch, people, line, codes=codes, wording=wording, reach_changed=dry_run.wake),
    )  # fmt: skip
    consumers.subscribe(kafka, works.handlers, works.windows)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with (
            line.running(),
            kafka.running([DELIVERIES], [deliveries.outbox]),
            pusher.running(),
            escalations.running(),
            works.running(),
            mailer.running(),
            dry_run.running(),
            alarms.running(),
            happenings.running(),
            watch.running(),
        ):
            yield
        client.close()

    prepares = [deliveries.prepare, runs.prepare, webhooks.prepare, groups.prepare, people.prepare]
    prepares += [ledger.prepare, feeds.prepare, swaps.prepare, door.prepare, *works.prepares]
    app = application("Safety Net notify", lifespan, prepares)
    app.state.deliveries, app.state.callers = deliveries, Callers(settings.callers)
    app.state.anew, app.state.telling = Anew(deliveries, writer, pusher.wake), telling
    app.state.registry = Registry(
        groups, watch, codes, settings.groups, works.hooks.hooks, works.hooks.addresses, works.windows
    )
    app.state.escalations, app.state.pusher, app.state.mail_addresses = escalations, pusher, addresses
    app.state.runs, app.state.swaps, app.state.rota_office = runs, swaps, Office(rotas, dry_run)
    app.state.people, app.state.codes, app.state.reach = people, codes, reach
    app.state.acceptances, app.state.ledger, app.state.feeds = acceptances, ledger, feeds
    app.state.channel = webhook.Channel(secret, happenings.take)
    add_routes(app, *(each.router for each in APIS))
    works.hand_to(app)
    add_routes(app, *(each.router for each in PAGES))
    frame.install(app, door, settings.sites)
    checks: dict[str, Check] = {"database": partial(mongo.ping, client), "kafka": kafka.is_connected}
    add_routes(app, health.routes(checks, kafka.is_moving, notes={"line": pusher.line_takes}))
    return app
