"""The local stack: Kafka, MongoDB and the services on one machine, started and stopped as one."""

from stack.control import down, outage, running, stack_json, up
from stack.errors import StackError
from stack.pair import Addresses, parts

__all__ = ["Addresses", "StackError", "down", "outage", "parts", "running", "stack_json", "up"]
