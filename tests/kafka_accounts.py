"""A Kafka that knows a user by SCRAM: kept in the cluster's own log, from its first record on."""

import shutil
import subprocess
from pathlib import Path

from stack.processes import Program

SCRAM = """
sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.{listener}.scram-sha-512.sasl.jaas.config=\
org.apache.kafka.common.security.scram.ScramLoginModule required;
"""


def format_with_user(broker: Program, config: Path, name: str, password: str) -> None:
    """Format the data folder beside `config` anew, with this user in it."""
    shutil.rmtree(config.parent / "data")
    java = broker.argv[: broker.argv.index("-cp") + 2]
    user = f"SCRAM-SHA-512=[name={name},password={password}]"
    told = ("format", "-t", "c2FmZXR5bmV0LXNjcmFtIQ", "-c", str(config), "--add-scram", user)
    subprocess.run((*java, "kafka.tools.StorageTool", *told), check=True, capture_output=True)
