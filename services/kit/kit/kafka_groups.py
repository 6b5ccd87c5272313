"""Groups of readers, as Kafka keeps them: who died is taken out by who comes in its place."""

from aiokafka.errors import for_code
from aiokafka.protocol.group import LeaveGroupRequest
from faststream.security import BaseSecurity

from kit.kafka_topics import administering
from kit.telemetry import log


async def dismiss(group: str, client_id: str, bootstrap: str, security: BaseSecurity | None = None) -> int:
    """Take the members of this client id out of a group; how many there were.

    Who was killed says nothing, so Kafka waits for it for the session timeout (10 s), and gives its partitions to
    nobody, not to the process either that stands in its place by then. Raises KafkaError or OSError.
    """
    async with administering(bootstrap, security) as admin:
        coordinator = await admin.find_coordinator(group)
        [answer] = await admin.describe_consumer_groups([group], coordinator)
        [(code, _, _, _, _, members, *_)] = answer.groups
        if code:
            raise for_code(code)(group)
        dead = [member_id for member_id, its_client, *_ in members if its_client == client_id]
        for member_id in dead:
            left = await admin._send_request_to_node(coordinator, LeaveGroupRequest(group, member_id))
            if left.error_code:
                raise for_code(left.error_code)(group)
    return len(dead)


async def come_after(group: str, client_id: str, bootstrap: str, security: BaseSecurity | None = None) -> None:
    """Dismiss whoever died in this place, if that can be done: otherwise one only waits."""
    try:
        if count := await dismiss(group, client_id, bootstrap, security):
            log.info("predecessor_dismissed", count=count)
    except Exception as error:  # noqa: BLE001 - a courtesy: whatever is wrong with it, one joins
        # A Kafka that has just begun says for a moment that it is not ready: on the first start of all, say.
        say = log.info if getattr(error, "retriable", False) else log.warning
        say("predecessor_kept", error=error)
