"""Which county a page is of: one that the officer sees, and a county's name at all."""

from types import SimpleNamespace
from typing import Any

import pytest
from dispatch.site.door import Visitor
from dispatch.site.frame import Site
from dispatch.site.officers import Officer
from kit.problems import Forbidden

NOTHING: Any = SimpleNamespace()
SITE = Site(*[NOTHING] * 4)
EVERYWHERE = Visitor(Officer("wang", "王督導", "supervisor", ("*",)), NOTHING, "zh", "")


async def test_who_sees_every_county_may_ask_for_any() -> None:
    assert (await SITE.visit(NOTHING, EVERYWHERE, "tainan-city")).county == "tainan-city"


@pytest.mark.parametrize("asked", ["嘉義縣", 'x"; filename="a.exe', "x\r\nSet-Cookie: a=b", "/elsewhere"])
async def test_what_is_no_county_gets_into_no_header_and_no_address(asked: str) -> None:
    with pytest.raises(Forbidden):
        await SITE.visit(NOTHING, EVERYWHERE, asked)
