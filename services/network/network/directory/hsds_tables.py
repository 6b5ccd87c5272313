"""Entries of the directory as tables of Open Referral HSDS 3: what the standard has no word for stands under ours.

The required fields are those of the published schemas (openreferral/specification, 3.x): `hsds.schema.json` beside this
file says them. An id there is a UUID; ours (`safetynet_id`) make one that is the same whenever it is exported.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from contracts.event import derived_id

from network.directory.domain.entry import Entry, Hours, Offer, Site

Rows = dict[str, list[dict[str, Any]]]

TABLES = (
    "organization", "service", "location", "service_at_location", "contact", "schedule", "phone", "address",
    "service_area",
)  # fmt: skip
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "organization": ("id", "name", "description"),
    "service": ("id", "name", "status", "organization_id"),
    "location": ("id", "location_type"),
    "service_at_location": ("id", "service_id", "location_id"),
    "contact": ("id",),
    "schedule": ("id",),
    "phone": ("id", "number"),
    "address": ("id", "address_1", "city", "state_province", "postal_code", "country", "address_type"),
    "service_area": ("id",),
}
"""Of tables that stand alone; the standard has them so (`required` and `tabular_required`)."""
_IN_TAIWAN = "+08:00"


def tables(entries: Sequence[Entry]) -> Rows:
    """Entries as tables; of a secret site its id and its name, nothing that finds it."""
    found: Rows = {name: [] for name in TABLES}
    for entry in entries:
        for name, row in _rows(entry):
            found[name].append({key: value for key, value in row.items() if value is not None})
    return found


def _rows(entry: Entry) -> Iterator[tuple[str, dict[str, Any]]]:
    said, own = entry.content, _uuid(entry.id)
    yield "organization", {
        "id": own, "name": said.name, "description": said.description, "safetynet_id": entry.id,
        "safetynet_unit": said.unit, "safetynet_valid_from": said.valid_from, "safetynet_valid_to": said.valid_to,
        "safetynet_public": said.public, "safetynet_assured_at": entry.assured_at.isoformat(),
        "safetynet_assured_by": entry.assured_by,
    }  # fmt: skip
    for site in said.sites:
        yield from _of_site(site, own, _uuid(entry.id, site.id))
    for offer in said.services:
        yield from _of_offer(offer, entry, own)
    for number, window in enumerate(said.windows):
        id = _uuid(entry.id, "window", str(number))
        yield "contact", {
            "id": id, "organization_id": own, "name": window.name, "title": window.purpose,
            "email": window.email or None, "safetynet_valid_from": window.valid_from,
            "safetynet_valid_to": window.valid_to, "safetynet_heard_by": window.heard_by,
            "safetynet_hours": [_told_hours(each) for each in window.hours] or None,
        }  # fmt: skip
        if window.phone:
            yield "phone", {"id": _uuid(id, "phone"), "number": window.phone, "contact_id": id}


def _of_site(site: Site, organization: str, id: str) -> Iterator[tuple[str, dict[str, Any]]]:
    row = {"id": id, "location_type": "physical", "organization_id": organization, "name": site.name,
           "safetynet_id": site.id}  # fmt: skip
    if site.secret:
        yield "location", row | {"safetynet_secret_address": True}
        return
    point = {"latitude": site.latitude, "longitude": site.longitude, "safetynet_township": site.township}
    yield "location", row | point
    if site.address:
        yield "address", {
            "id": _uuid(id, "address"), "location_id": id, "address_1": site.address, "city": site.township or "",
            "state_province": "", "postal_code": "", "country": "TW", "address_type": "physical",
        }  # fmt: skip
    if site.phone:
        yield "phone", {"id": _uuid(id, "phone"), "number": site.phone, "location_id": id}


def _of_offer(offer: Offer, entry: Entry, organization: str) -> Iterator[tuple[str, dict[str, Any]]]:
    id, room = _uuid(entry.id, offer.id), offer.places
    places = {"left": room.left, "of": room.of, "as_of": room.as_of.isoformat()} if room else None
    yield "service", {
        "id": id, "organization_id": organization, "name": offer.name or offer.service, "status": "active",
        "minimum_age": offer.age_from, "maximum_age": offer.age_to, "assured_date": entry.assured_at.date().isoformat(),
        "safetynet_id": offer.id, "safetynet_service": offer.service, "safetynet_promise": offer.promise,
        "safetynet_places": places,
    }  # fmt: skip
    for site in offer.sites:
        yield "service_at_location", {
            "id": _uuid(id, site), "service_id": id, "location_id": _uuid(entry.id, site),
        }  # fmt: skip
    for township in offer.townships:
        yield "service_area", {"id": _uuid(id, "area", township), "service_id": id, "name": township}
    for number, hours in enumerate(offer.hours):
        yield "schedule", {
            "id": _uuid(id, "schedule", str(number)), "service_id": id, "freq": "WEEKLY", **_told_hours(hours),
        }  # fmt: skip


def _told_hours(hours: Hours) -> dict[str, Any]:
    return {
        "byday": ",".join(hours.days), "opens_at": hours.opens_at + _IN_TAIWAN,
        "closes_at": hours.closes_at + _IN_TAIWAN, "valid_from": hours.valid_from, "valid_to": hours.valid_to,
    }  # fmt: skip


def _uuid(*names: str) -> str:
    """A UUID from our ids; one that came from elsewhere stays as it is."""
    return names[-1] if _is_uuid(names[-1]) else str(derived_id("network", "hsds", "/".join(names)))


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
