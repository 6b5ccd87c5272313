"""What stands in the way of an act, as a page tells it: a link to where it is settled, or the field to correct."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from markupsafe import Markup, escape

from network.cases.domain.case import Case

SETTLED_AT = {
    "handover_open": "hands", "referral_open": "referrals", "not_assessed": "assess", "person_not_seen": "contact",
    "address_not_current": "contact",
    "attempts": "contact", "welfare_check_not_considered": "ask-closing", "acknowledgement_missing": "ask-closing",
    "collaborator_not_heard": "ask-closing", "return_plan_missing": "ask-closing",
}  # fmt: skip
"""The part of the page of a case that settles what a closing misses."""


@dataclass(frozen=True)
class Obstacles:
    """Tells entries of a problem; `word` says codes, `label` says fields and is empty for one without a name."""

    case: Case
    names: Mapping[str, str]
    word: Callable[[str], str]
    label: Callable[[str], str]

    def about(self, entry: Mapping[str, str]) -> Markup:
        about = entry.get("about") or entry.get("at", "")
        if task := self.case.task(about):
            return _link(f"task-{task.id}", self.word(task.what))
        if at := SETTLED_AT.get(entry["code"]):
            return _link(at, self._name(about) or self.label("settle"))
        return escape(self._name(about) or self.label(re.split(r"[./]", about)[-1]))

    def _name(self, about: str) -> str:
        """A person's or a unit's name, empty for anything else."""
        is_unit = "/" in about and not about.startswith("/")
        return self.word(about) if is_unit else self.names.get(about, "")


def _link(anchor: str, told: str) -> Markup:
    return Markup('<a href="#{}">{}</a>').format(anchor, told)
