"""`python -m notify` serves; `openapi` prints the API; `prepare` makes the indexes, as each start does.

`check` asks LINE how we stand; `resend --by NAME` sends again what failed; `exercise --by NAME --county COUNTY` tests
every channel of a county.
"""

import asyncio
import sys

from kit.serve import prepare, print_openapi, serve

from notify import commands
from notify.app import create_app
from notify.settings import Settings

SECRETS = ("line_channel_token", "line_channel_secret")


def main() -> None:
    if sys.argv[1:] == ["openapi"]:
        print_openapi(create_app(Settings.without_secrets(**dict.fromkeys(SECRETS, "none"))))
        return
    settings = Settings()
    if sys.argv[1:] == ["prepare"]:
        asyncio.run(prepare(create_app(settings)))
    elif sys.argv[1:] == ["check"]:
        sys.exit(commands.check(settings))
    elif sys.argv[1:2] == ["exercise"]:
        sys.exit(commands.exercise(settings, sys.argv[2:]))
    elif sys.argv[1:2] == ["resend"]:
        commands.resend(settings, sys.argv[2:])
    else:
        serve(create_app(settings), "notify", settings)


if __name__ == "__main__":
    main()
