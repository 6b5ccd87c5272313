"""`python -m network` serves; `python -m network openapi` prints the OpenAPI document, and needs nothing for it."""

import sys

from kit.serve import print_openapi, serve

from network.app import create_app
from network.settings import Settings

if sys.argv[1:] == ["openapi"]:
    print_openapi(create_app(Settings.without_secrets()))
else:
    settings = Settings()
    serve(create_app(settings), "network", settings)
