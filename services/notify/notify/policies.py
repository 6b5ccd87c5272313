"""The escalation policies, read and checked once when the service starts."""

from importlib.resources import files
from pathlib import Path

import yaml

from notify.domain.policies import Policies


def load_policies(path: Path | None = None) -> Policies:
    """Those of a county's file, or the service's own. Raises pydantic's ValidationError for a file with a hole."""
    text = path.read_text("utf-8") if path else (files("notify") / "escalation.yaml").read_text("utf-8")
    return Policies.model_validate(yaml.safe_load(text))
