"""Schemathesis over intake's OpenAPI document, against a served intake: every check, every phase, a bounded time."""

import asyncio
import json
import os
import sys
from pathlib import Path

from web.callers import digest

from tests.integration.intake_process import served
from tests.integration.intake_running import CLOSED

CONFIGURATION = f"""
hooks = "{Path(__file__).with_name("intake_schemathesis_hooks.py")}"

# Whether an amendment can stand depends on the report that it amends, whether a file or a webhook can be taken on what
# stands in it and where it leads, whether a range ends after it begins: no schema alone can say so.
[[operations]]
include-name = [
  "PATCH /v1/reports/{{report_id}}", "PUT /v1/webhook", "POST /v1/reconciliations",
]
[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", 401, 403, 404, 409, 410, 422, 429]

# A file is taken whole and read afterwards: a row that is no report is refused there, and accounted for.
[[operations]]
include-name = "POST /v1/batches"
[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", 401, 403, 404, 409, 410, 422, 429]
[operations.checks.negative_data_rejection]
expected-statuses = ["2xx", "4xx"]

[[operations]]
include-tag = "agencies"
headers = {{ Authorization = "Bearer ops-token" }}
"""
CALLERS = [{"name": "ops", "role": "administrator", "counties": ["*"], "token_sha256": digest("ops-token")}]
SECONDS = int(os.environ.get("SCHEMATHESIS_SECONDS", "20"))


async def test_schemathesis_finds_nothing_wrong(settings_env: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "schemathesis.toml").write_text(CONFIGURATION, "utf-8")
    async with served(settings_env | {"kafka_bootstrap": CLOSED, "callers": json.dumps(CALLERS)}) as intake:
        run = await asyncio.create_subprocess_exec(
            Path(sys.executable).with_name("schemathesis"), "run", f"{intake.url}/openapi.json",
            "--checks=all", f"--max-time={SECONDS}", "--header=Authorization: Bearer police-key",
            "--suppress-health-check=all", "--no-color", "--seed=113",
            cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        told, _ = await run.communicate()
    assert run.returncode == 0, told.decode()[-12_000:]
