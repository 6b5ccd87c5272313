"""The services that may be asked and answered as FHIR, read from rules/fhir.yaml and checked once."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import yaml
from pydantic import BaseModel, ConfigDict

from network.services import ServiceCode

FILE = files("network") / "rules" / "fhir.yaml"


class Kinds(BaseModel):
    """fhir.yaml explains each; `services` has the category of each service."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    verified: bool
    since: str
    services: Mapping[ServiceCode, str]


@cache
def kinds() -> Kinds:
    """Raises pydantic's ValidationError, which says where."""
    return Kinds.model_validate(yaml.safe_load(FILE.read_text("utf-8")))
