"""Taking batches from Kafka so that nothing is lost: split, retry a few times, then aside, never skipped silently."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from contracts.event import Event
from contracts.topics import Topic
from opentelemetry.trace import SpanKind, use_span
from pydantic import ValidationError

from kit.mongo import UNAVAILABLE
from kit.telemetry import CONSUMED, DEAD, carried, context_of, log, tracer

ATTEMPTS = 3
PAUSE = 0.2
"""Seconds before the second attempt; doubles with each. All attempts end far inside `max_poll_interval_ms`."""


@dataclass(frozen=True)
class Record:
    """One Kafka record as it came; a value of None is a tombstone."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: dict[str, str]


E = TypeVar("E", bound=Event)


@dataclass(frozen=True)
class Received(Generic[E]):
    """An event taken from Kafka: its CloudEvents id (the cause of all its effects) and its trace."""

    id: str
    event: E
    trace: dict[str, str]
    record: Record = field(repr=False)


class Permanent(Exception):
    """Trying again cannot help: the record is set aside at once. `reason` goes into its headers, so it names no one."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotYet(Exception):
    """Nothing is wrong with the work, but something it needs is missing: the batch goes back and comes again."""


Handle = Callable[[Sequence[Received[Event]]], Awaitable[None]]
"""Applies the effects of a batch, in order; must be repeatable, since a batch may come again."""
SetAside = Callable[[str, Record, dict[str, str]], Awaitable[None]]


class Inbox:
    """One reader of one topic: gives batches to a handler and answers for every record in them."""

    def __init__(self, topic: Topic, reader: str, handle: Handle, set_aside: SetAside) -> None:
        self._topic = topic
        self._reader = reader
        self._handle = handle
        self._set_aside = set_aside

    async def take(self, records: Sequence[Record]) -> None:
        """Return when every record is handled, skipped as unknown, or set aside; raise when none was possible."""
        known = [received for record in records if (received := await self._read(record))]
        if known:
            await self._settle(known)

    async def _read(self, record: Record) -> Received[Event] | None:
        kind = self._topic.event_named(record.headers.get("ce_type", ""))
        if kind is None and "ce_type" in record.headers:
            self._count(1, "unknown")
            return None
        try:
            if kind is None or record.value is None or "ce_id" not in record.headers:
                raise Permanent("not_a_cloud_event")
            event = kind.model_validate_json(record.value)
        except (Permanent, ValidationError) as error:
            await self._bury(record, error, attempts=1)
            return None
        return Received(record.headers["ce_id"], event, record.headers, record)

    async def _settle(self, batch: Sequence[Received[Event]]) -> None:
        error = await self._attempt(batch)
        if error is None:
            self._count(len(batch), "handled")
        elif len(batch) > 1:
            half = len(batch) // 2
            await self._settle(batch[:half])
            await self._settle(batch[half:])
        else:
            await self._persist(batch[0], error)

    async def _persist(self, received: Received[Event], error: Exception) -> None:
        """Try one record a few times more, then set it aside."""
        attempts = 1
        while not isinstance(error, Permanent) and attempts < ATTEMPTS:
            await asyncio.sleep(PAUSE * 2 ** (attempts - 1))
            attempts += 1
            failed = await self._attempt([received])
            if failed is None:
                self._count(1, "handled")
                return
            error = failed
        await self._bury(received.record, error, attempts)

    async def _attempt(self, batch: Sequence[Received[Event]]) -> Exception | None:
        with ExitStack() as spans:
            traced = [self._traced(received, spans) for received in batch]
            try:
                await self._handle(traced)
            except (*UNAVAILABLE, NotYet) as error:
                # Nothing is wrong with the work; the database may be away: give the batch back to Kafka.
                log.warning("waiting", topic=self._topic.name, reader=self._reader, error=error)
                raise
            except Exception as error:  # answered for by the caller: split, tried again, or set aside
                log.warning(
                    "handling_failed", topic=self._topic.name, reader=self._reader, count=len(batch), error=error
                )
                return error
        return None

    def _traced(self, received: Received[Event], spans: ExitStack) -> Received[Event]:
        """The same, with a span of this reader as the parent of whatever it causes."""
        name = f"{self._reader} {received.event.type}"
        span = tracer.start_span(
            name,
            context_of(received.trace),
            SpanKind.CONSUMER,
            attributes={"messaging.destination.name": self._topic.name},
        )
        spans.callback(span.end)
        with use_span(span):
            return replace(received, trace=carried())

    async def _bury(self, record: Record, error: Exception, attempts: int) -> None:
        reason = error.reason if isinstance(error, Permanent) else type(error).__name__
        headers = record.headers | {
            "dlq_reason": reason,
            "dlq_reader": self._reader,
            "dlq_topic": self._topic.name,
            "dlq_partition": str(record.partition),
            "dlq_offset": str(record.offset),
            "dlq_attempts": str(attempts),
        }
        await self._set_aside(self._topic.dead_letters(self._reader), record, headers)
        DEAD.labels(self._topic.name, self._reader, reason).inc()
        self._count(1, "dead")
        log.error(
            "set_aside",
            topic=self._topic.name,
            partition=record.partition,
            offset=record.offset,
            reason=reason,
            attempts=attempts,
        )

    def _count(self, number: int, result: str) -> None:
        CONSUMED.labels(self._topic.name, self._reader, result).inc(number)
