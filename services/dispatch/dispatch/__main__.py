"""`python -m dispatch` serves; `openapi` prints the API; `prepare` makes the indexes, as each start does;
`password` makes the hash of a password read from stdin.
"""

import asyncio
import gc
import sys

from kit.serve import prepare, print_openapi, serve
from web.passwords import PASSWORDS

from dispatch.app import create_app
from dispatch.settings import Settings


def main(command: str = "serve") -> None:
    match command:
        case "openapi":
            print_openapi(create_app(Settings.without_secrets()))
        case "password":
            print(PASSWORDS.hash(sys.stdin.readline().rstrip("\n")))
        case "prepare":
            asyncio.run(prepare(create_app(Settings())))
        case "serve":
            app = create_app(settings := Settings())
            gc.freeze()  # code and rules never become garbage: without them a full collection takes a tenth of the time
            serve(app, "dispatch", settings)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:])
