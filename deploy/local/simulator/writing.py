"""One agency's report of an event: what that kind of agency knows, in its own words."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any

from simulator.figures import assumed, data
from simulator.incidents import Incident
from simulator.narrative import tell
from simulator.people import HOME, Address, Person, Population, roc, spoilt

Body = dict[str, Any]
"""A report as it is posted; `contracts.reports.Submission` describes it."""

_PREFIX = {
    "police": "P", "medical": "M", "social_affairs": "S", "hotline_113": "H", "civil_affairs": "V",
    "judicial": "J", "institution": "I", "education": "E", "other": "X",
}  # fmt: skip
_UNKNOWN = {"kinds": "cyber_harassment", "danger_signs": "pet_harmed"}
_FIRST_PHONE = 12  # years of age
_ENOUGH = frozenset({"name", "birth_date", "phones", "address"})


class Desks:
    """Every agency's desk on one day: numbers its reports and writes them. No time it writes is after `now`."""

    def __init__(self, rng: Random, population: Population, now: datetime) -> None:
        self._rng, self._population, self._now = rng, population, now
        self._run = f"{now:%Y%m%d-%H%M%S}-{rng.randrange(16**4):04x}"
        self._first, self._written = int(now.timestamp()) % 10**8, Counter[str]()

    def report(self, incident: Incident, source: str, *, identifies: bool = False) -> Body:
        """What `source` writes of the incident; `identifies` when it knows enough to tell who the subject is."""
        knows = self._known(source, identifies=identifies)
        occurred_at = self._remembered(incident.occurred_at)
        signs = [sign for sign in incident.danger_signs if self._happens(assumed()["knows"][source]["signs"])]
        body: Body = {
            "case_type": incident.case_type, "county": HOME, **self._numbers(source),
            "known_at": self._known_at(occurred_at).isoformat(),
            "event": {
                "occurred_at": occurred_at.isoformat(), "place": _place(incident.subject.residence, knows),
                "kinds": list(incident.kinds), "danger_signs": signs,
                "narrative": tell(self._rng, incident, source, signs, occurred_at, named="name" in knows),
            },
            "people": self._people(incident, knows),
            "assessments": self._assessments(incident, signs) if "assessment" in knows else [],
            "needs": list(incident.needs) if "needs" in knows or incident.case_type.startswith("consultation") else [],
            "reporter": self._reporter(source),
        }  # fmt: skip
        self._strange_code(body["event"])
        return {key: value for key, value in body.items() if value not in ([], None)}

    def _known(self, source: str, *, identifies: bool) -> frozenset[str]:
        odds: Mapping[str, float] = assumed()["knows"][source]
        known = frozenset(what for what, share in odds.items() if self._happens(share))
        return known | _ENOUGH if identifies else known

    def _happens(self, share: float) -> bool:
        return self._rng.random() < share

    def _numbers(self, source: str) -> Body:
        """A number of the sender's own, and a sequence that rises by one from report to report of one agency."""
        self._written[source] += 1
        n = self._written[source]
        return {"sender_ref": f"{_PREFIX[source]}-{self._run}-{n:05d}", "sequence": self._first + n}

    def _remembered(self, at: datetime) -> datetime:
        """Two agencies hear two different times for one event, minutes apart."""
        return at - timedelta(minutes=self._rng.randint(0, 10))

    def _known_at(self, occurred_at: datetime) -> datetime:
        overdue = self._now - occurred_at > timedelta(hours=25)
        wait = self._rng.uniform(24.5, 25) if overdue else self._rng.uniform(0.1, 5)
        return max(occurred_at, self._now - timedelta(hours=wait)).replace(microsecond=0)

    def _people(self, incident: Incident, knows: frozenset[str]) -> list[Body]:
        subject, other = incident.subject, incident.other
        conditions = {"conditions": list(incident.conditions)} if incident.conditions and "conditions" in knows else {}
        people = [self._person(subject, "subject", knows) | conditions]
        if other is not None:
            known = knows if incident.relation != "stranger" else frozenset[str]()
            people.append(self._person(other, "alleged_perpetrator", known, incident.relation))
        if "others" in knows:
            people += self._family(incident, knows)
        if self._happens(0.04):
            witness = self._population.outsider()
            people.append(self._person(witness, "witness", knows & {"name", "phones"}, "acquaintance"))
        return people

    def _family(self, incident: Incident, knows: frozenset[str]) -> list[Body]:
        """The rest of the household; a parent who harmed nobody cares for the child."""
        subject, home = incident.subject, incident.household
        rest = [person for _, person in home.members if person is not subject and person is not incident.other]
        cared_for = home.seat_of(subject) == "child"
        relations = [home.relation(person, subject) for person in rest]
        roles = ["caregiver" if cared_for and relation == "parent" else "household_member" for relation in relations]
        written = zip(rest, roles, relations, strict=True)
        return [self._person(person, role, knows, relation) for person, role, relation in written]

    def _person(self, person: Person, role: str, knows: frozenset[str], relation: str | None = None) -> Body:
        known = {what for what in knows if role == "subject" or what == "name" or self._happens(0.7)}
        number = spoilt(person.national_id) if self._happens(assumed()["wrong_check_digit"]) else person.national_id
        birth_date = self._birth_date(person, knows)
        phones = [person.phone] if person.age(self._now.date()) >= _FIRST_PHONE else []
        facts = {"name": person.name, "national_id": number, "birth_date": birth_date, "phones": phones}
        written: Body = {"role": role} | {what: fact for what, fact in facts.items() if fact and what in known}
        if "name" in known:
            written["sex"] = person.sex
        if role == "subject" or "address" in known:
            written["residence"] = _place(person.residence, knows)
        return written | ({"relation_to_subject": relation} if relation else {})

    def _birth_date(self, person: Person, knows: frozenset[str]) -> str:
        if "roc_dates" in knows:
            return roc(person.birth_date, slashes=self._happens(0.5))
        return person.birth_date.isoformat()

    def _assessments(self, incident: Incident, signs: list[str]) -> list[Body]:
        """TIPVDA of 15, SDM as 3 high, 2 medium, 1 low, and BSRS-5 of 20: the more danger, the higher."""
        tool, rng, danger = incident.scenario["tool"], self._rng, len(signs)
        scores = {
            "tipvda": min(15, 2 * danger + rng.randint(0, 4)),
            "sdm": max(1, min(3, danger + rng.choice([0, 0, 1]))),
            "bsrs5": min(20, rng.randint(4, 14) + 4 * danger),
        }
        return [{"tool": tool, "score": scores[tool]}] if tool else []

    def _reporter(self, source: str) -> Body | None:
        desk = data("phrases")["reporters"][source]
        if source == "other" and self._happens(0.4):
            return None
        surname = self._rng.choice(list(data("names")["surnames"]))
        units = {"unit": self._rng.choice(desk["units"])} if desk["units"] else {}
        return units | {
            "name": surname + self._rng.choice(desk["titles"]),
            "phone": f"05200{self._rng.randint(0, 9999):04d}",
            "mandated": source != "other",
            "wants_outcome": self._happens(0.6),
        }

    def _strange_code(self, event: Body) -> None:
        """Some agencies' lists are older or newer than ours."""
        if self._happens(assumed()["unknown_code"]):
            field = self._rng.choice(list(_UNKNOWN))
            event[field] = [*event[field], _UNKNOWN[field]]


def _place(at: Address, knows: frozenset[str]) -> Body:
    place = {"county": at.county, "township": at.township, "village": at.village}
    return place | ({"address": at.address} if "address" in knows else {})
