"""Where an installation is: the file that `make up` writes, or environment variables, as for the services."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from faststream.kafka.security import parse_security
from kit.dead_letters import DeadLetters
from kit.settings import ServiceSettings

SERVICES = ("intake", "dispatch", "network", "notify")
STACK = Path(".run/stack.json")


class Unplaced(Exception):
    """A setting is missing that the operator must give."""


@dataclass(frozen=True)
class Place:
    """One installation: the address of each service, how to reach Kafka, and the administrator's token."""

    services: dict[str, str]
    settings: ServiceSettings
    token: str | None

    @classmethod
    def here(cls) -> Self:
        """From `SAFETYNET_STACK` or `.run/stack.json`; else from `SAFETYNET_<SERVICE>`, `KAFKA_*`, `SAFETYNET_TOKEN`.

        Raises Unplaced when the file that was named is not one of a stack.
        """
        named = os.environ.get("SAFETYNET_STACK")
        if named or (STACK.is_file() and "KAFKA_BOOTSTRAP" not in os.environ):
            return cls.of_stack(Path(named) if named else STACK)
        addresses = {name: address for name in SERVICES if (address := os.environ.get(f"SAFETYNET_{name.upper()}"))}
        return cls(addresses, ServiceSettings.without_secrets(), os.environ.get("SAFETYNET_TOKEN"))

    @classmethod
    def of_stack(cls, path: Path) -> Self:
        """The installation of a `stack.json`. Raises Unplaced."""
        try:
            stack: dict[str, Any] = json.loads(path.read_text("utf-8"))
            addresses = {name: str(stack[name]) for name in SERVICES}
            settings = ServiceSettings.without_secrets(kafka_bootstrap=stack["kafka"])
        except (OSError, ValueError, KeyError) as error:
            raise Unplaced(f"{path} is no stack.json of a running stack ({type(error).__name__}): make up") from error
        return cls(addresses, settings, stack.get("tokens", {}).get("administrator"))

    @property
    def kafka(self) -> dict[str, Any]:
        """The arguments of an aiokafka client."""
        return {"bootstrap_servers": self.settings.kafka_bootstrap, **parse_security(self.settings.kafka_security())}

    def topic(self, name: str) -> str:
        """A topic's or group's name on this Kafka."""
        return self.settings.topic_prefix + name

    def dead_letters(self) -> DeadLetters:
        told = self.settings
        return DeadLetters(told.kafka_bootstrap, told.topic_prefix, security=told.kafka_security())

    def address(self, service: str) -> str:
        """Raises Unplaced when the service's address is not set."""
        if service not in self.services:
            raise Unplaced(f"where is {service}? Set SAFETYNET_{service.upper()}=http://HOST:PORT, or SAFETYNET_STACK")
        return self.services[service].rstrip("/")
