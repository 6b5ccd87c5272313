"""Every store of this service's database, each made once over the one book of transactions."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from kit.mongo import Client, Database
from kit.outbox import Publish

from network.activities.store import Records
from network.book import Book
from network.cases.store import Cases
from network.days.store import Calendars
from network.directory.store import Directory
from network.early_warnings.store import EarlyWarnings
from network.figures.crossed.store import Crossings
from network.figures.store import Figures
from network.graph.store import Graphs
from network.known.store import Source, Whereabouts
from network.looks.store import Looks
from network.meetings.reading import rulebook
from network.meetings.store import Meetings
from network.programmes.store import Enrolments
from network.programmes.versions.store import Versions
from network.referrals.linking.store import Linkings
from network.referrals.links.store import Links
from network.referrals.store import Referrals
from network.referrals.warnings.store import Warnings
from network.rosters.sheets.store import Sheets
from network.rosters.store import Households
from network.services import catalogue
from network.signals.store import Askings
from network.steps.store import Steps
from network.tasks.store import Tasks


@dataclass(frozen=True)
class Stores:
    """What is kept, by what it is of."""

    book: Book
    tasks: Tasks
    steps: Steps
    cases: Cases
    calendars: Calendars
    figures: Figures
    looks: Looks
    directory: Directory
    linkings: Linkings
    referrals: Referrals
    links: Links
    warnings: Warnings
    households: Households
    sheets: Sheets
    enrolments: Enrolments
    versions: Versions
    meetings: Meetings
    known: Whereabouts
    askings: Askings
    graphs: Graphs
    records: Records
    crossings: Crossings
    early_warnings: EarlyWarnings

    @classmethod
    def of(cls, client: Client, database: Database, publish: Publish) -> "Stores":
        book, steps = Book(client, publish), Steps(database)
        tasks = Tasks(book, database)
        linkings = Linkings(book, database, tasks, catalogue().link_within)
        return cls(
            book, tasks, steps, Cases(book, database, tasks), Calendars(database), Figures(database), Looks(database),
            Directory(book, database), linkings, Referrals(book, database, tasks, steps, linkings), Links(database),
            Warnings(book, database, tasks), Households(book, database, tasks), Sheets(book, database, tasks),
            Enrolments(book, database, tasks, steps), Versions(database),
            Meetings(book, database, tasks, rulebook().terms), Whereabouts(database), Askings(database),
            Graphs(database),
            Records(book, database), Crossings(database), EarlyWarnings(book, database, tasks),
        )  # fmt: skip

    @property
    def prepares(self) -> list[Callable[[], Awaitable[None]]]:
        """What makes the database ready: indexes, and what an earlier release kept otherwise."""
        return [
            self.tasks.prepare, self.cases.prepare, self.book.prepare, self.households.prepare, self.sheets.prepare,
            self.figures.prepare, self.looks.prepare, self.steps.prepare, self.directory.prepare,
            self.referrals.prepare, self.linkings.prepare, self.warnings.prepare, self.links.prepare,
            self.enrolments.prepare, self.versions.prepare, self.meetings.prepare,
            self.known.prepare, self._known_from_before, self.askings.prepare, self.graphs.prepare,
            self.records.prepare, self.early_warnings.prepare,
        ]  # fmt: skip

    @property
    def sources(self) -> tuple[Source, ...]:
        """Everything that makes people known."""
        return (*self.cases.sources, *self.households.sources, *self.enrolments.sources, *self.referrals.sources)

    async def _known_from_before(self) -> None:
        """What an earlier release had taken in, and kept no index of, or one that says less."""
        await self.known.catch_up(self.sources, self.book)
