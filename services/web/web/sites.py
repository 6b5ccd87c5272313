"""The pages of the other services, to which the bar of a page leads whoever may come in there."""

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.roles import may_enter


@dataclass(frozen=True)
class Sites:
    """Where services have their pages, by name, empty where nobody said so; `own` is the one that is looked at."""

    urls: Mapping[str, str]
    own: str

    def open_to(self, role: str) -> Mapping[str, str]:
        """Those of the others that a role may come into."""
        return {name: url for name, url in self.urls.items() if url and name != self.own and may_enter(role, name)}
