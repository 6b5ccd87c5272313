"""The story of an incident in one agency's words, in Chinese; every coded danger sign is told as well."""

from collections.abc import Sequence
from datetime import datetime
from random import Random

from simulator.figures import data
from simulator.incidents import Incident

_CALLED = {"adult": "被害人", "partner": "被害人", "child": "案童", "elder": "長輩"}
_NAMED = 0.3  # the share of those who know the name that write it into the story


def tell(rng: Random, incident: Incident, source: str, signs: Sequence[str], at: datetime, *, named: bool) -> str:
    """An opening as `source` would write it, what happened, each further kind and danger sign, and a closing."""
    phrases, scenario = data("phrases"), incident.scenario
    further = [kind for kind in incident.kinds if kind not in scenario["kinds"]]
    parts = [
        phrases["opening"][source], scenario["story"], *(phrases["kinds"][kind] for kind in further),
        *(phrases["danger_signs"][sign] for sign in signs), phrases["closing"][source],
    ]  # fmt: skip
    text = "".join(rng.choice(wordings) for wordings in parts)
    who = incident.subject.name if named and rng.random() < _NAMED else _called(incident)
    return text.format(who=who, by=_by(incident), when=_when(at), where=incident.subject.residence.township)


def _called(incident: Incident) -> str:
    seat = incident.household.seat_of(incident.subject)
    return "案主" if incident.case_type == "consultation_adult" else _CALLED[seat]


def _by(incident: Incident) -> str:
    names = data("phrases")["by"].get(incident.relation, "其家人")
    if incident.other is None or isinstance(names, str):
        return str(names)
    return str(names[incident.other.sex])


def _when(at: datetime) -> str:
    label = next(label for hour, label in sorted(data("phrases")["hours"].items(), reverse=True) if at.hour >= hour)
    return f"{at.month}月{at.day}日{label}"
