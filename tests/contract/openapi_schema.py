"""A validator for a schema inside an OpenAPI document."""

import json
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012


def validator(document: dict[str, Any], schema: dict[str, Any]) -> Draft202012Validator:
    root = Resource.from_contents(document, default_specification=DRAFT202012)
    registry: Registry[Any] = Registry().with_resource("urn:openapi", root)
    return Draft202012Validator(json.loads(json.dumps(schema).replace('"#/', '"urn:openapi#/')), registry=registry)
