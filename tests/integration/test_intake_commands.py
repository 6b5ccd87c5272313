"""The commands of an agency and of whoever runs intake, as processes."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from kit import mongo

from tests.integration.intake_files import a_csv, row
from tests.integration.intake_process import command, served
from tests.integration.intake_running import CLOSED


async def test_a_file_is_sent_followed_and_its_rows_to_mend_are_listed(
    settings_env: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "reports.csv"
    file.write_bytes(a_csv([row(1), row(2, 案件類型="?"), row(3)]))
    async with served(settings_env | {"kafka_bootstrap": CLOSED}) as intake:
        sending = ("batch", "send", str(file), "--url", intake.url, "--key", "police-key")
        code, told = await command(settings_env, *sending)
        assert code == 1
        assert "3 rows = 2 accepted + 1 refused + 0 repeated" in told
        assert "案件類型" in told
        file.write_bytes(a_csv([row(1), row(2), row(3)]))
        code, told = await command(settings_env, *sending)
        assert code == 0
        assert "3 rows = 1 accepted + 0 refused + 2 repeated" in told
        assert (await command(settings_env, *sending))[0] == 0
        code, told = await command(settings_env, *sending[:-1], "wrong-key")
        assert code == 2
        assert "Traceback" not in told


async def test_a_key_is_rotated_by_command(settings_env: dict[str, str]) -> None:
    env = settings_env | {"kafka_bootstrap": CLOSED}
    assert (await command(env, "agencies", "rotate", "--id", "clinic"))[0] == 2
    await command(env, "agencies", "add", "--id", "clinic", "--unit", "medical")
    code, told = await command(env, "agencies", "rotate", "--id", "clinic", "--hours", "1")
    assert code == 0
    assert "shown this once: " in told


async def test_an_agency_is_registered_with_scopes_a_client_a_limit_and_an_end(settings_env: dict[str, str]) -> None:
    env = settings_env | {"kafka_bootstrap": CLOSED}
    asked = ("agencies", "add", "--id", "clinic", "--unit", "medical", "--key", "secret")
    for wrong in (("--rate", "often"), ("--client", "https://login.test"), ("--days", "0"), ("--scope", "all")):
        assert (await command(env, *asked, *wrong))[0] == 2
    wanted = ("--scope", "reports:write", "--client", "https://login.test clinic", "--rate", "9/hour", "--days", "30")
    assert (await command(env, *asked, *wanted, "--sandbox"))[0] == 0
    client = mongo.connect(env["mongo_url"])
    kept = await client[env["database_prefix"] + "intake"]["agencies"].find_one({"_id": "clinic"})
    client.close()
    assert kept is not None
    assert (kept["scopes"], kept["rate"], kept["sandbox"]) == (["reports:write"], "9/hour", True)
    assert kept["oauth_clients"] == [{"issuer": "https://login.test", "client_id": "clinic"}]
    assert timedelta(days=29) < kept["key_until"] - datetime.now(UTC) <= timedelta(days=30)
