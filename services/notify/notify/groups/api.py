"""The registry of groups: what each is for, how many people it has, and whether it still hears us."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Self

from contracts.languages import Said
from contracts.roles import Caller, May
from fastapi import APIRouter, Depends, Request
from kit.addresses import LONGEST, Addresses
from kit.mongo import Document
from kit.problems import NotFound
from kit.signing import secret_of
from kit.telemetry import log
from pydantic import BaseModel, Field, model_validator
from web.callers import allowed, must_cover

from notify.codes import Codes
from notify.domain.hook import Style
from notify.groups.purposes import Purpose
from notify.groups.store import Binding, Groups
from notify.groups.watch import GroupWatch, Trouble, trouble_of
from notify.hooks.store import Hooks
from notify.windows.store import Windows

Reader = Annotated[Caller, allowed(May.READ)]
Officer = Annotated[Caller, allowed(May.DECIDE)]
Short = Annotated[str, Field(min_length=1, max_length=100)]

router = APIRouter(prefix="/v1", tags=["groups"])


class HookOrder(BaseModel):
    """A receiver of signed webhooks in place of a LINE group. `style`: our own notice, or as Teams or Slack take it."""

    url: Annotated[str, Field(min_length=1, max_length=LONGEST)]
    style: Style = "notice"


class GroupOrder(BaseModel):
    """What a group is for. `code` is what LINE told the group when the account joined; later `group` names it.

    A group that is a `webhook` has no code: it is made by its address.
    """

    code: Annotated[str, Field(max_length=40)] | None = None
    group: Short | None = None
    webhook: HookOrder | None = None
    purpose: Purpose
    county: Short
    unit: Short | None = None
    district: Short | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if sum(each is not None for each in (self.code, self.group, self.webhook)) != 1:
            zh = "請以驗證碼、群組代號或 webhook 位址三者之一指定群組。"
            raise ValueError(Said(zh, "Name the group by one of its code, its id and its webhook."))
        if self.purpose is Purpose.UNIT_WORK and not (self.unit or "").startswith(f"{self.county}/"):
            raise ValueError(
                Said("單位工作的群組須選本縣市的單位。", "A group for a unit's work needs a unit of the county.")
            )
        return self


class GroupView(BaseModel):
    """One group. `bound_by` is absent for one that the settings name. `trouble`: left, empty or silent.

    `webhook` says how bodies for a group read that is one; `secret` signs them, and is told once, as it is made.
    """

    group: str
    purpose: Purpose
    county: str
    unit: str | None = None
    district: str | None = None
    members: int | None = None
    counted_at: datetime | None = None
    trouble: Trouble | None = None
    bound_by: str | None = None
    bound_at: datetime | None = None
    webhook: Style | None = None
    secret: str | None = None


class GroupList(BaseModel):
    groups: list[GroupView]


@dataclass(frozen=True)
class Registry:
    """What the routes need; `settled` are the groups of units that the settings name."""

    groups: Groups
    watch: GroupWatch
    codes: Codes
    settled: Mapping[str, str]
    hooks: Hooks
    addresses: Addresses
    windows: Windows


async def registry_of(request: Request) -> Registry:
    registry: Registry = request.app.state.registry
    return registry


Given = Annotated[Registry, Depends(registry_of)]


@router.get("/groups", summary="The groups that notices go to")
async def list_groups(registry: Given, caller: Reader, county: str | None = None) -> GroupList:
    """Groups of the caller's counties; a unit that has one bound here has no other by the settings."""
    known = await registry.groups.listed(caller.counties, registry.settled.values())
    facts = {document["_id"]: document for document in known}
    silent = await registry.watch.silent({*facts, *registry.settled.values()})
    bound = {each["unit"] for each in known if each.get("purpose") == Purpose.UNIT_WORK}
    views = [_view(each, silent) for each in known if each.get("purpose")]
    for unit, group in registry.settled.items():
        if unit not in bound:
            views.append(_view(facts.get(group, {"_id": group}) | _settled(unit), silent))
    styles = await registry.hooks.styles()
    views = [each.model_copy(update={"webhook": styles.get(each.group)}) for each in views]
    seen = [view for view in views if caller.sees(view.county) and county in (None, view.county)]
    return GroupList(groups=sorted(seen, key=lambda view: (view.county, view.purpose, view.unit or "")))


@router.put("/groups", summary="Say what a group is for")
async def put_group(order: GroupOrder, registry: Given, caller: Officer) -> GroupView:
    """Binds a group by its code or a webhook by its address, or changes what a bound one is for.

    Notices follow from the next one on.
    """
    must_cover(caller, order.county)
    now = datetime.now(UTC)
    group, hook = await _wanted(order, registry, caller, now), None
    if order.webhook:
        await registry.addresses.must_be_reachable(order.webhook.url)
        group, hook = await registry.hooks.add(order.webhook.url, order.webhook.style, now)
    binding = Binding(order.purpose, order.county, caller.name, now, order.unit, order.district)
    await registry.groups.bind(group, binding)
    await registry.watch.count(group)
    log.info("group_bound", group=group, county=order.county, unit=order.unit, reason=str(order.purpose))
    told = _view(await registry.groups.of(group) or {}, frozenset())
    made = {"webhook": hook.style, "secret": secret_of(hook.key)} if hook else {}
    return told.model_copy(update=made)


@router.delete("/groups/{group}", status_code=204, summary="A group is for nothing any more")
async def end_group(group: str, registry: Given, caller: Officer) -> None:
    """Its unit's messages go to the group that the settings name from now on, or fail visibly where there is none."""
    known = await _known(group, registry, caller)
    await registry.groups.end(known)
    await registry.hooks.remove(known)
    log.info("group_ended", group=known)


async def _wanted(order: GroupOrder, registry: Registry, caller: Caller, now: datetime) -> str:
    """LINE's id of the group that an order means; none of a webhook yet. Raises NotFound."""
    if order.webhook:
        return ""
    if order.code is not None:
        if group := await registry.groups.group_of_code(registry.codes.key(order.code), now):
            return group
        raise NotFound(
            "This code is unknown or has ended: remove the account from the group and invite it again.",
            "驗證碼無效或已逾時：請將官方帳號移出群組後重新邀請。",
        )
    return await _known(order.group or "", registry, caller)


async def _known(group: str, registry: Registry, caller: Caller) -> str:
    """The id of a group that is bound in the caller's counties. Raises NotFound."""
    known = await registry.groups.of(group)
    if known is None or not known.get("county") or not caller.sees(known["county"]):
        raise NotFound("There is no such group here.", "查無此群組。")
    return str(known["_id"])


def _settled(unit: str) -> Document:
    return {"purpose": Purpose.UNIT_WORK, "county": unit.partition("/")[0], "unit": unit, "bound_by": None}


def _view(document: Document, silent: frozenset[str]) -> GroupView:
    fields = {name: value for name, value in document.items() if name in GroupView.model_fields}
    return GroupView(group=document["_id"], trouble=trouble_of(document, silent), **fields)
