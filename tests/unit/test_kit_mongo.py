"""A transaction is tried again from its start after a conflict, also one that shows at the commit."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from kit import mongo
from pymongo.errors import OperationFailure


def conflict(label: str = "TransientTransactionError", code: int = 112) -> OperationFailure:
    return OperationFailure("WriteConflict", code, {"errorLabels": [label]})


@dataclass
class Session:
    """As Motor's session behaves: a failed commit ends the transaction, and the next one may begin."""

    commits: list[OperationFailure | None] = field(default_factory=list)
    in_transaction: bool = False
    told: list[str] = field(default_factory=list)

    def start_transaction(self, *_: object) -> "Session":
        self.in_transaction = True
        self.told.append("start")
        return self

    async def commit_transaction(self) -> None:
        self.in_transaction = False
        self.told.append("commit")
        if self.commits and (error := self.commits.pop(0)):
            raise error

    async def abort_transaction(self) -> None:
        self.in_transaction = False
        self.told.append("abort")

    async def __aenter__(self) -> "Session":
        return self

    async def __aexit__(self, kind: object, error: object, trace: object) -> None:
        assert not self.in_transaction, "nothing is left open"


@dataclass
class Client:
    session: Session

    async def start_session(self, *, snapshot: bool = False) -> Session:
        return self.session


def ran(session: Session, failing: Sequence[BaseException | None] = ()) -> tuple[int, list[str]]:
    """How often the work was done, and what the session was told."""
    left, times = list(failing), 0

    async def work(_: object) -> int:
        nonlocal times
        times += 1
        if left and (error := left.pop(0)):
            raise error
        return times

    assert asyncio.run(mongo.transact(Client(session), work)) == times  # type: ignore[arg-type]
    return times, session.told


def test_a_conflict_at_the_commit_starts_the_work_again() -> None:
    assert ran(Session([conflict()])) == (2, ["start", "commit", "start", "commit"])


def test_a_conflict_in_the_work_starts_it_again() -> None:
    assert ran(Session(), [conflict()]) == (2, ["start", "abort", "start", "commit"])


def test_a_commit_of_which_nobody_knows_is_asked_for_again_and_the_work_not_done_twice() -> None:
    assert ran(Session([conflict("UnknownTransactionCommitResult", 64)])) == (1, ["start", "commit", "commit"])


def test_what_is_wrong_with_the_work_comes_out_and_changes_nothing() -> None:
    session = Session()
    with pytest.raises(ValueError, match="wrong"):
        ran(session, [ValueError("wrong")])
    assert session.told == ["start", "abort"]


def test_what_a_commit_refuses_for_good_comes_out() -> None:
    with pytest.raises(OperationFailure):
        ran(Session([OperationFailure("no", 20)]))


def test_nobody_tries_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mongo, "AGAIN_FOR", -1.0)
    with pytest.raises(OperationFailure):
        ran(Session([conflict()]))


@pytest.mark.parametrize(("code", "is_away"), [(246, True), (2, False)])
async def test_a_moment_that_is_not_to_be_had_yet_is_no_fault_of_who_reads(code: int, is_away: bool) -> None:
    """Else a reader would set aside what it was about, while another pod makes an index."""
    with pytest.raises(mongo.UNAVAILABLE if is_away else OperationFailure) as told:
        async with mongo.at_one_moment(Client(Session())):  # type: ignore[arg-type]
            raise OperationFailure("Unable to read from a snapshot due to pending collection catalog changes", code)
    assert isinstance(told.value, mongo.UNAVAILABLE) is is_away
