"""Who can be named as the reader of a warning: somebody of that unit who works here, by the name they sign in under."""

from collections.abc import Awaitable, Callable, Sequence

from contracts.roles import Caller, May, may
from kit.problems import Unprocessable

from network import words

Called = Callable[[str], Awaitable[Sequence[Caller]]]
"""Everybody of a name who may come in, by whatever door."""


class Readers:
    """A letter to a name that nobody bears would stay closed: who sends it is told at once."""

    def __init__(self, called: Called) -> None:
        self._called = called

    async def must_exist(self, readers: Sequence[str], county: str, unit: str) -> None:
        """Raises Unprocessable for each name under which nobody of the unit can open it."""
        unknown = [each for each in readers if not any(map(_opens(county, unit), await self._called(each)))]
        if unknown:
            said = words.of("missing.unknown_reader")
            errors = [{"at": f"/body/readers/{list(readers).index(each)}", "code": "unknown_reader", **said._asdict()}
                      for each in unknown]  # fmt: skip
            raise Unprocessable(said.en, said.zh, errors=errors)


def _opens(county: str, unit: str) -> Callable[[Caller], bool]:
    return lambda caller: unit in caller.units and caller.sees(county) and may(caller.role, May.WORK)
