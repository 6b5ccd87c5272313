"""Partner agencies: who may post. Through intake's API, with an administrator's token."""

from typing import Annotated, Any

import httpx
import typer
from contracts.reports import SourceUnit
from rich.console import Console
from rich.table import Table

from safetynet.place import Place, Unplaced

app = typer.Typer(help="Partner agencies: SAFETYNET_TOKEN is an administrator's token of intake.")

AgencyId = Annotated[str, typer.Argument(help="The agency's id, such as minxiong-precinct.")]


@app.command("list")
def listed() -> None:
    """Every agency, what it may do, and until when its keys open."""
    table = Table("agency", "unit", "counties", "state", "scopes", "limit", "key until", title="Agencies")
    for each in _ask("GET", "")["agencies"]:
        state = "suspended" if not each["active"] else "sandbox" if each["sandbox"] else "active"
        table.add_row(
            each["agency_id"], each["source_unit"], ", ".join(each["counties"]), state,
            ", ".join(each["scopes"]) or "all", each.get("rate") or "", each.get("key_until") or "",
        )  # fmt: skip
    Console().print(table)


@app.command()
def add(
    agency: AgencyId,
    unit: Annotated[SourceUnit, typer.Option(help="What kind of unit it is.")],
    county: Annotated[
        list[str] | None, typer.Option(help="A county it reports to; repeat it; all without one.")
    ] = None,
    *,
    sandbox: Annotated[bool, typer.Option(help="Its reports are answered and reach no duty officer.")] = False,
) -> None:
    """Register an agency; its key is shown once."""
    body = {"agency_id": agency, "source_unit": unit.value, "sandbox": sandbox}
    made = _ask("POST", "", body | ({"counties": county} if county else {}))
    Console().print(f"{made['agency_id']} may report. Its key, shown this once: {made['key']}", soft_wrap=True)


@app.command()
def rotate(
    agency: AgencyId, hours: Annotated[int, typer.Option(min=0, help="For how long the key in use still opens.")] = 24
) -> None:
    """Give an agency a new key, shown once."""
    made = _ask("POST", f"/{agency}/keys", {"overlap_hours": hours})
    Console().print(f"The new key of {agency}, shown this once: {made['key']}", soft_wrap=True)
    Console().print(f"The key in use opens until {made['former_until'] or 'now'}")


@app.command()
def suspend(agency: AgencyId) -> None:
    """Suspend an agency, within five seconds."""
    _ask("PATCH", f"/{agency}", {"active": False})
    Console().print(f"{agency} is suspended")


@app.command()
def resume(agency: AgencyId) -> None:
    """Readmit a suspended agency."""
    _ask("PATCH", f"/{agency}", {"active": True})
    Console().print(f"{agency} may report again")


def _ask(method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """Intake's answer. Raises Unplaced without a token; exits with intake's own words when it refuses."""
    place = Place.here()
    if place.token is None:
        raise Unplaced("set SAFETYNET_TOKEN: a token of the role administrator (CALLERS of intake)")
    url = f"{place.address('intake')}/v1/agencies{path}"
    answer = httpx.request(method, url, json=body, headers={"Authorization": f"Bearer {place.token}"}, timeout=15)
    if answer.is_error:
        raise typer.BadParameter(f"intake says {answer.status_code}: {answer.json().get('detail', '')}")
    found: dict[str, Any] = answer.json()
    return found
