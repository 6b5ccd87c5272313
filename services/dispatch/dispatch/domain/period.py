"""The days of a county that figures count and replays decide again."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Period:
    """The reports that a county received from `first` to `last`, both days of Taipei included."""

    county: str
    first: date
    last: date

    def __str__(self) -> str:
        """As names of files have it."""
        return f"{self.county}-{self.first}-{self.last}"
