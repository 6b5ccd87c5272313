"""What others are told of an entry: the unit, its services and whom its windows are for; no site, no person."""

from dataclasses import asdict

from contracts.directory import UnitDescribed

from network.directory.domain.entry import Entry


def described(entry: Entry) -> UnitDescribed:
    """The entry as it is now."""
    said = entry.content
    return UnitDescribed.model_validate({
        "provider": entry.id, "county": entry.county, "unit": said.unit, "name": said.name, "version": entry.version,
        "withdrawn": entry.withdrawn, "valid_from": said.valid_from, "valid_to": said.valid_to,
        "services": [{"service": each.service, "townships": each.townships} for each in said.services],
        "windows": [
            {"purpose": each.purpose, "heard_by": each.heard_by, "valid_from": each.valid_from,
             "valid_to": each.valid_to, "hours": [asdict(hours) for hours in each.hours]}
            for each in said.windows
        ],
    })  # fmt: skip
