"""What makes a hidden link: read from rules/links.yaml and checked once."""

from functools import cache
from importlib.resources import files

import yaml
from pydantic import BaseModel, ConfigDict, Field

FILE = files("network") / "rules" / "links.yaml"


class Rules(BaseModel):
    """The whole file, which explains each."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    verified: bool
    since: object
    most_holders: int = Field(ge=2)
    most_nodes: int = Field(ge=10)


@cache
def rules() -> Rules:
    """Raises pydantic's ValidationError, which says where."""
    return Rules.model_validate(yaml.safe_load(FILE.read_text("utf-8")))
