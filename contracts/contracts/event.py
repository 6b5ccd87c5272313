"""An event is a fact that already happened: frozen, past tense, small, carried as a CloudEvent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, ClassVar, NewType, Self
from uuid import UUID, uuid5

from pydantic import BaseModel, ConfigDict, Field

Sealed = NewType("Sealed", str)
"""Personal data as one token `<data key id>.<base64url of nonce and ciphertext>`; opened by `kit.sealed` alone."""

BlindIndex = NewType("BlindIndex", str)
"""A keyed HMAC of a personal value, equal for equal values; without the key it reveals nothing about the value."""

EVENTS = UUID("6f1a1c62-7f0e-5d0e-9a57-2a6d1f6f2c10")


@dataclass(frozen=True)
class Personal:
    """Marks a field that identifies a person: `Annotated[str, Personal()]`. Each scope has a data key of its own."""

    scope: str = "report"


class Model(BaseModel):
    """A frozen value. Readers are tolerant: what an older reader does not know, it leaves out."""

    model_config = ConfigDict(frozen=True, extra="ignore")


Code = Annotated[str, Field(min_length=1, max_length=64)]
Codes = Annotated[tuple[Code, ...], Field(max_length=64)]


class Event(Model):
    """The data of a CloudEvent; `type` is the attribute `ce_type` and names the class of the data."""

    type: str
    subject_field: ClassVar[str] = "report_id"

    @property
    def subject(self) -> str:
        """The aggregate's id: the CloudEvents subject and the Kafka key. Opaque, never personal."""
        return str(getattr(self, self.subject_field))


@dataclass(frozen=True)
class Envelope:
    """One event on its way: CloudEvents 1.0 attributes, the data as JSON bytes, and the trace context."""

    id: str
    source: str
    type: str
    subject: str
    time: datetime
    data: bytes
    trace: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, event: Event, *, id: UUID | str, source: str, time: datetime, trace: Mapping[str, str]) -> Self:
        data = event.model_dump_json(exclude_none=True).encode()
        return cls(str(id), source, event.type, event.subject, time, data, trace)

    def headers(self) -> dict[str, str]:
        """Kafka headers of the binary mode (CloudEvents Kafka protocol binding 1.0.2, section 3.2)."""
        attributes = {"specversion": "1.0", "id": self.id, "source": self.source, "type": self.type,
                      "subject": self.subject, "time": self.time.isoformat()}  # fmt: skip
        return {f"ce_{name}": value for name, value in attributes.items()} | {
            "content-type": "application/json", **self.trace}  # fmt: skip


def derived_id(consumer: str, cause: str, what: str = "") -> UUID:
    """The id of an event or effect that `cause` has at `consumer`: the same whenever it is repeated."""
    return uuid5(EVENTS, f"{consumer}:{cause}:{what}")
