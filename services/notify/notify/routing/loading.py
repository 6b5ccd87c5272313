"""The routing, read and checked once when the service starts."""

from importlib.resources import files
from pathlib import Path

import yaml

from notify.domain.routing import Routing


def load_routing(path: Path | None = None) -> Routing:
    """The one of a county's file, or the service's own. Raises pydantic's ValidationError for a file with a hole."""
    text = path.read_text("utf-8") if path else (files("notify") / "routing.yaml").read_text("utf-8")
    return Routing.model_validate(yaml.safe_load(text))
