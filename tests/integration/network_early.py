"""What warns: a family that rises across systems, and a village with more cases than usual."""

from datetime import UTC, datetime, timedelta
from random import Random

from contracts.decisions import PersonKey
from network.known.entry import Known, Named
from network.known.store import document_of
from rules.rises import monday
from rules.spans import TAIPEI

from tests.integration.network_life import ago
from tests.integration.network_rosters import came, listed
from tests.integration.network_stage import CENTRE, COUNTY, Stage, decided

MOTHER, CHILD = (PersonKey(key=f"id:{who}", role="subject", also=(f"nb:{who}",)) for who in ("mother", "child"))
PLACE = {"township": "民雄鄉", "village": "東榮村"}


def before(days: float) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)


async def rising(net: Stage) -> None:
    """A report of a mother and a child, the child on a list, the mother in drug prevention: three systems, no case."""
    people = {"people": (MOTHER, CHILD), "received_at": before(40)}
    await net.decide(decided("r1", "no_dispatch", **people, **PLACE))
    await came(net, listed("row", "nb:child", entry=PLACE, received_at=before(20), visit_due_at=before(-10)))
    await net.told()
    await enrolled(net)


async def enrolled(net: Stage, person: str = "nb:mother", days: int = 5) -> None:
    health = f"{COUNTY}/health"
    body = {"programme": "drug_prevention", "person": person, "entered_by": "referral", "at": ago(days)}
    await net.did("/v1/enrolments", body, health)


async def hot_village(net: Stage, count: int = 9, weeks: int = 40) -> None:
    """Two new cases a week in a village for long, and `count` in the last whole week."""
    rng, made = Random(64), list[Known]()
    this = datetime.combine(monday(datetime.now(TAIPEI).date()), datetime.min.time(), TAIPEI)
    for week in range(1, weeks):
        for n in range(count if week == 1 else rng.choice((1, 2, 2, 3))):
            since = this - timedelta(days=7 * week - 1, hours=-n)
            person = Named((f"id:{week}-{n}",), "subject")  # type: ignore[arg-type]
            made.append(Known("case", f"hot-{week}-{n}", COUNTY, CENTRE, (CENTRE,), since, None, "opened", (person,),
                              within=(f"case:hot-{week}-{n}",), **PLACE))  # type: ignore[arg-type]  # fmt: skip
    await net.database["known"].insert_many([document_of(each) for each in made])
