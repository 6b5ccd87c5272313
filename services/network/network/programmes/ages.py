"""How old somebody is who enters a programme, and the days by age that its clocks need."""

from datetime import date, datetime

from rules.spans import TAIPEI

from network.programmes.bodies import EnrolmentBody
from network.programmes.domain.grammar import Programme
from network.programmes.domain.refusals import Refused
from network.programmes.problems import problem


def of_age(programme: Programme, body: EnrolmentBody, at: datetime) -> dict[str, str]:
    """The days by age that clocks of the programme need. Raises Conflict for somebody too young or too old."""
    if body.birth_date is None:
        return {}
    born = body.birth_date
    today = at.astimezone(TAIPEI).date()
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    if programme.ages and not programme.ages[0] <= age < programme.ages[1]:
        raise problem(Refused("not_of_this_age", f"{programme.ages[0]}-{programme.ages[1]}"))
    needed = {task.or_age for task in programme.tasks.values() if task.or_age}
    return {str(each): _birthday(born, each).isoformat() for each in needed}


def _birthday(born: date, age: int) -> date:
    """The day somebody reaches an age; born on a leap day, on the last of February (Civil Code 124)."""
    try:
        return born.replace(year=born.year + age)
    except ValueError:
        return date(born.year + age, 2, 28)
