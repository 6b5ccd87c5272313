"""The network service: settings, clients, stores, handlers, routes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from contracts.roles import Caller
from contracts.topics import CASES, DIRECTORY, ENROLMENTS, MEETINGS, REFERRALS, TASKS
from fastapi import APIRouter, FastAPI
from kit import health, mongo
from kit.health import Check
from kit.kafka import Kafka
from kit.repeating import repeating
from kit.sealed import BlindIndexes, KeyVault
from kit.serve import add_routes, application
from web import door as entrance
from web import frame as framing
from web import pages as shared
from web.callers import Callers
from web.sites import Sites

from network import between, consumers, desk_pages, frame, gathered, heard, hearing, home, knowing
from network.activities import acts as record_acts
from network.activities import api as records_api
from network.activities import figures_api as year_api
from network.activities import pages as record_pages
from network.activities import year
from network.cases import (
    act_pages,
    api,
    caseload_pages,
    closing_api,
    export_pages,
    guard,
    hands_api,
    merging_api,
    plan_pages,
    searching_api,
    timeline_api,
    visits_api,
    work_api,
)
from network.cases import pages as case_pages
from network.cases.acts import Acts
from network.cases.caseloads import Caseloads
from network.cases.family import People
from network.cases.handlers import Handlers
from network.cases.recounting import Recounting
from network.days.moving import EVERY as DAYS_EVERY
from network.days.moving import Moving
from network.directory import acts as directory_acts
from network.directory import api as directory_api
from network.directory import exchange as directory_exchange
from network.directory import kinds, maps
from network.directory import pages as directory_pages
from network.directory import public as directory_public
from network.early_warnings import acts as early_acts
from network.early_warnings import api as early_api
from network.early_warnings import finding as early_finding
from network.early_warnings import pages as early_pages
from network.figures import api as figures_api
from network.figures import pages as figure_pages
from network.figures.crossed import api as crossed_api
from network.figures.crossed import pages as crossed_pages
from network.graph import acts as graph_acts
from network.graph import api as graph_api
from network.graph import pages as graph_pages
from network.graph.seeing import Seeing
from network.looks import api as looks_api
from network.looks import pages as look_pages
from network.meetings import acts as meeting_acts
from network.meetings import api as meetings_api
from network.meetings import case_words, listings_api, minutes_api, minutes_pages, pack_api, papers, room_pages
from network.meetings import figures_api as meeting_figures_api
from network.meetings import listing_pages as meeting_lists
from network.meetings import pages as meeting_pages
from network.meetings import year_pages as meeting_years
from network.meetings.conferences import Conferences
from network.meetings.discussed import OfCases
from network.meetings.including import Including
from network.once import Prints
from network.programmes import acts as programme_acts
from network.programmes import api as programmes_api
from network.programmes import files_api as programme_files_api
from network.programmes import list_pages as programme_list_pages
from network.programmes import pages as programme_pages
from network.programmes import waking
from network.programmes.entering import Entering
from network.programmes.versions import api as versions_api
from network.programmes.versions import pages as version_pages
from network.referrals import acts as referral_acts
from network.referrals import api as referrals_api
from network.referrals import pages as referral_pages
from network.referrals.fhir import api as fhir_api
from network.referrals.fhir.store import Addressed
from network.referrals.linking import acts as linking_acts
from network.referrals.linking import api as linking_api
from network.referrals.linking import pages as linking_pages
from network.referrals.links import api as links_api
from network.referrals.links import pages as link_pages
from network.referrals.moving.store import Promised
from network.referrals.presses import Presses
from network.referrals.warnings import acts as warning_acts
from network.referrals.warnings import api as warning_api
from network.referrals.warnings import pages as warning_pages
from network.referrals.warnings.readers import Readers
from network.review import pages as review_pages
from network.review.deck import Decks, Places
from network.review.rooms import Rooms
from network.rosters import acts as roster_acts
from network.rosters import api as rosters_api
from network.rosters import figures_api as roster_figures_api
from network.rosters import pages as roster_pages
from network.rosters.handlers import Handlers as RosterHandlers
from network.rosters.sheets import api as sheets_api
from network.rosters.sheets import pages as sheet_pages
from network.sealing import Sealing
from network.settings import Settings
from network.signals import acts as signal_acts
from network.signals import api as signals_api
from network.signals import pages as signal_pages
from network.signals import telling as signal_telling
from network.stores import Stores
from network.tasks import api as tasks_api
from network.tasks import pressing

APIS = (
    searching_api, timeline_api, api, work_api, visits_api, hands_api, closing_api, merging_api, tasks_api, figures_api,
    looks_api, directory_public, directory_exchange, directory_api, referrals_api, links_api, linking_api, warning_api,
    rosters_api, roster_figures_api, sheets_api, versions_api, programmes_api, programme_files_api,
    minutes_api, meetings_api, listings_api, meeting_figures_api, pack_api, signals_api, graph_api,
    records_api, year_api, crossed_api, early_api,
)  # fmt: skip
PAGES_OF_WORKERS = (
    graph_pages, desk_pages, export_pages, case_pages, plan_pages, act_pages, caseload_pages, look_pages, roster_pages,
    sheet_pages,
)  # fmt: skip
PAGES = (
    home, directory_pages, link_pages, linking_pages, warning_pages, referral_pages, figure_pages, version_pages,
    programme_list_pages, programme_pages, signal_pages, record_pages, crossed_pages, review_pages,
    meeting_years, meeting_lists, meeting_pages, room_pages, minutes_pages, case_words, early_pages,
)  # fmt: skip

OF_WORKERS = APIRouter()
for _pages in PAGES_OF_WORKERS:
    OF_WORKERS.include_router(_pages.router, dependencies=[home.WORKERS])


def create_app(settings: Settings) -> FastAPI:
    client = mongo.connect(settings.mongo_url)
    kafka = Kafka.of(settings, "network")
    database = mongo.database(client, settings.database_prefix + "network")
    kept = Stores.of(client, database, kafka.publish)
    lists = RosterHandlers(kept.households)
    vault, indexes = KeyVault.of(client, settings), BlindIndexes(settings.key_bytes("blind_index_key"))
    cases, offers = between.CasesOf(kept.cases), between.DirectoryOf(kept.directory)
    referrals = referral_acts.Acts(kept.referrals, cases, offers, Sealing(vault, "referral"), index=indexes.of)
    conferences = Conferences(kept.meetings, between.DiscussedFamilies(kept.cases))

    shown = frame.pages(Sites(settings.sites, "network"))
    door = entrance.Door.of("network", database, settings, key=settings.key_bytes("master_key"))
    enrolled = between.EnrolledFamilies(kept.cases, kept.households, kept.known, offers)
    programmes = programme_acts.Acts(kept.enrolments, kept.versions, enrolled, Sealing(vault, "enrolment"))
    entering = Entering(kept.enrolments, kept.versions, enrolled, programmes.of)
    on_decisions = consumers.in_order(kept.linkings.on_decisions, conferences.on_decisions, entering.on_decisions)
    watched = (kept.steps.on_events, on_decisions, Presses(referrals).on_deliveries)
    consumers.subscribe(kafka, Handlers(kept.cases), lists, kept.calendars, watched)
    _listen(kept, entering)
    telling = pressing.Pressing(kept.book, kept.tasks, kept.calendars)
    tasks_of_cases = Moving(kept.calendars, Recounting(kept.cases, kept.tasks).count)
    promises = Moving(kept.calendars, Promised(kept.book, database, kept.tasks).count)
    wakes = waking.Waking(kept.enrolments, kept.tasks, programmes.of)
    enrolments = Moving(kept.calendars, wakes.count)
    whereabouts = knowing.Knowing(kept, vault)
    asked, finder = (
        signal_telling.Telling(kept.askings, hearing.LeadsOf(kept.cases, kept.steps)),
        early_finding.Finder(kept.known, kept.early_warnings, vault, hearing.ServedBy(kept.cases)),
    )

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with (
            kafka.running([CASES, TASKS, REFERRALS, DIRECTORY, ENROLMENTS, MEETINGS], kept.book.outboxes),
            repeating(telling.tell, name="tasks_pressing", every=pressing.EVERY),
            repeating(tasks_of_cases.move, name="days", every=DAYS_EVERY),
            repeating(promises.move, name="promises", every=DAYS_EVERY),
            repeating(enrolments.move, name="enrolment_days", every=DAYS_EVERY),
            repeating(wakes.wake, name="enrolments", every=waking.EVERY),
            repeating(asked.tell, name="askings", every=signal_telling.EVERY),
            repeating(whereabouts.forget, name="forgotten", every=knowing.EVERY),
            repeating(finder.find, name="early_warnings", every=early_finding.EVERY),
        ):
            yield
        client.close()

    ready = [*kept.prepares, door.prepare, lists.prepare]
    app = application(
        "Safety Net: network", lifespan, ready, streams=[directory_exchange.IMPORTS], lists=["/comparisons"]
    )
    app.state.callers, app.state.site = Callers(settings.callers), framing.Site(shown, door)
    app.state.prints, app.state.people, app.state.vault = Prints(indexes), People(vault, indexes), vault
    app.state.programmes, app.state.entering = programmes, entering
    app.state.rebuild_known, app.state.find_early_warnings, app.state.public_url = (
        whereabouts.rebuild, finder.find, settings.sites.get("network", "")
    )  # fmt: skip
    app.state.warnings = warning_acts.Acts(
        kept.warnings, Sealing(vault, "warning"), kept.looks, Readers(partial(_called, app.state.callers, door))
    )
    app.state.referrals, app.state.linkings = (
        referrals,
        linking_acts.Acts(kept.linkings, kept.referrals, offers, referrals.sealing),
    )
    app.state.signals = signal_acts.Acts(
        kept.askings, kept.known, vault, indexes.of, hearing.NumbersOf(kept.directory), door.sessions.end_of
    )
    _hand_to(app, kept, vault, Places(settings.sites.get("network", ""), settings.sites.get("dispatch", "")))
    add_routes(app, *(each.router for each in APIS))
    if settings.fhir:
        app.state.addressed = Addressed(database)
        add_routes(app, fhir_api.router)
    entrance.install(app, door, shown.sign_in)
    add_routes(app, OF_WORKERS, *(each.router for each in PAGES))
    app.mount(shared.STATIC, shared.static())
    app.mount("/static", frame.static())
    checks: dict[str, Check] = {"database": partial(mongo.ping, client), "kafka": kafka.is_connected}
    add_routes(app, health.routes(checks, kafka.is_moving))
    return app


def _listen(kept: Stores, entering: Entering) -> None:
    """What other rooms do when a case changes, in its transaction."""
    kept.cases.follow = between.followed_by(kept.referrals, kept.enrolments)
    kept.cases.happened = (between.noticed_by(Including(kept.meetings)), heard.heard_by(entering))


def _hand_to(app: FastAPI, kept: Stores, vault: KeyVault, places: Places) -> None:
    """What the routes of each room ask for."""
    acts, tasks, words = Acts(kept.cases), kept.tasks, partial(Sealing, vault)
    caseloads = Caseloads(kept.cases, tasks, acts, between.HouseholdsOf(kept.households))
    app.state.parts = api.Parts(kept.cases, tasks, acts, caseloads, words("case"), app.state.prints, guard.load())
    app.state.tasks, app.state.steps, app.state.figures, app.state.looks = tasks, kept.steps, kept.figures, kept.looks
    app.state.directory = directory_acts.Acts(kept.directory, words("directory"))
    app.state.public_gate = directory_public.Gate(kinds.public().rate)
    app.state.links, app.state.referred, app.state.enrolled = kept.links, kept.referrals, kept.enrolments
    discussed = between.DiscussedFamilies(kept.cases)
    kept.meetings.on_case, kept.meetings.taken_in = discussed.listed, discussed.taken_in
    meets = app.state.meetings = meeting_acts.Acts(kept.meetings, discussed, words("meeting"))
    app.state.met = OfCases(meets)
    known = gathered.Gathered(kept.cases, kept.referrals, kept.enrolments, app.state.people)
    app.state.papers = papers.Papers(meets, known, kept.looks)
    named = hearing.NamesOf(kept.cases, app.state.people)
    app.state.graphs = graph_acts.Acts(
        kept.graphs, kept.known, Seeing(kept.known, vault), named, kept.looks, words("kinship")
    )
    early = early_acts.Acts(kept.early_warnings, kept.known, words("early_warning"), kept.looks)
    app.state.early_warnings, app.state.county_map = early, maps.drawn
    app.state.contact = app.state.referrals.offers.window
    app.state.crossings = kept.crossings
    app.state.records = record_acts.Acts(kept.records)
    app.state.years = year.Years(kept.records, kept.figures)
    app.state.decks = Decks(
        kept.figures, kept.crossings, app.state.years, Rooms(kept.meetings, kept.households, places.network), places
    )  # fmt: skip
    app.state.rosters, app.state.sheets = (
        roster_acts.Acts(kept.households, kept.known, words("household")),
        kept.sheets,
    )


async def _called(callers: Callers, door: entrance.Door, name: str) -> list[Caller]:
    """Everybody of a name: who calls the API, and who signs in."""
    return [*callers.called(name), *(each.caller for each in await door.sessions.called(name))]
