"""What works beside the sending of single messages: digests, alerts, tests, the month's budget, the closed sum."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from fastapi import FastAPI
from kit.addresses import Addresses
from kit.mongo import Client, Database
from kit.sealed import KeyVault
from kit.serve import add_routes

from notify.alerts import api as alerts_api
from notify.alerts import pages as alerts_pages
from notify.alerts.desk import Desk
from notify.alerts.store import Alerts
from notify.budget import api as budget_api
from notify.budget.forecasting import Forecasting
from notify.budget.store import Costs
from notify.closing import api as closing_api
from notify.closing import pages as closing_pages
from notify.closing.api import Sums
from notify.closing.heartbeat import Heartbeat
from notify.closing.store import Asks
from notify.closing.watch import SumWatch
from notify.domain.routing import Routing
from notify.escalation.forgetting import Forgetting
from notify.escalation.store import Runs
from notify.exercises import api as exercises_api
from notify.exercises import pages as exercises_pages
from notify.exercises.running import Rehearsal
from notify.exercises.schedule import TestSchedule
from notify.exercises.store import Exercises
from notify.gathering.gatherer import Gatherer
from notify.gathering.store import Gatherings
from notify.groups.store import Groups
from notify.handlers import Handlers
from notify.hooks.sending import HookSender
from notify.hooks.store import Hooks
from notify.mail import bounces as bounces_api
from notify.mail.bounces import Bounces
from notify.mail.store import MailAddresses
from notify.people.store import LinePeople
from notify.pusher import Pusher
from notify.referred.cards import Cards
from notify.rota.store import Rotas
from notify.rounds import Rounds
from notify.routing.router import Router
from notify.settings import Settings
from notify.store import Deliveries
from notify.windows.store import Windows
from notify.writing import Writer

ROUTES = (alerts_api, bounces_api, budget_api, closing_api, exercises_api, alerts_pages, closing_pages, exercises_pages)


@dataclass(frozen=True)
class Kept:
    """Where everything is kept that these works share with the sending."""

    client: Client
    database: Database
    vault: KeyVault
    deliveries: Deliveries
    runs: Runs
    groups: Groups
    people: LinePeople
    rotas: Rotas
    addresses: MailAddresses


class Works:
    """Made by the root once; its parts know nothing of each other."""

    def __init__(self, kept: Kept, writer: Writer, routing: Routing, pusher: Pusher, settings: Settings) -> None:
        client, database, wake = kept.client, kept.database, pusher.wake
        mail = kept.addresses if settings.mail_host else None
        gatherings = Gatherings(client, database, kept.deliveries)
        self.gatherer = Gatherer(gatherings, kept.deliveries, writer, kept.groups, routing, wake)
        self.desk = Desk(Alerts(client, database), kept.groups, kept.vault, writer, routing.media_watch, wake)
        exercises = Exercises(client, database)
        self.rehearsal = Rehearsal(exercises, kept.groups, kept.rotas, kept.people, mail, writer, wake)
        monthly = TestSchedule(self.rehearsal, Rounds(database), routing.communication_test)
        self.forecasting = Forecasting(Costs(database), pusher.quota)
        self.sums = Sums(Asks(database), frozenset({writer.wording.replies.someone}))
        self.bounces = Bounces(kept.deliveries, kept.runs, kept.addresses)
        self.windows = Windows(database)
        router = Router(writer, kept.groups, routing, self.windows)
        cards = Cards(database, kept.deliveries, writer)
        self.handlers = Handlers(
            kept.deliveries, kept.runs, cards, router, sorted_in=self.gatherer.sorted_in, wake=wake
        )
        addresses = Addresses(settings.webhook_networks, settings.webhook_ports)
        hooks = Hooks(database, kept.vault)
        self.hooks = HookSender(kept.deliveries, kept.runs, hooks, addresses, writer, holder=settings.place)
        self.prepares = [gatherings.prepare, self.desk.alerts.prepare, exercises.prepare, self.windows.prepare]
        self.prepares += [cards.prepare]
        self._running = (
            self.gatherer.running,
            self.desk.running,
            self.forecasting.running,
            monthly.running,
            self.hooks.running,
            Forgetting(kept.runs, kept.deliveries, writer, wake).running,
            SumWatch(self.sums.asks, self.sums.nameless).running,
            Heartbeat(kept.runs, settings.heartbeat_url).running,
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for running in self._running:
                await stack.enter_async_context(running())
            yield

    def hand_to(self, app: FastAPI) -> None:
        """Give an application these routes, and what they need."""
        app.state.gatherer, app.state.desk, app.state.rehearsal = self.gatherer, self.desk, self.rehearsal
        app.state.forecasting, app.state.sums, app.state.bounces = self.forecasting, self.sums, self.bounces
        add_routes(app, *(each.router for each in ROUTES))
