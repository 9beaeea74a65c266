"""What the OpenAPI document says that its maker cannot know: how every refusal looks, and answers of free shape.

Any operation may be refused with problem details (RFC 9457) under a status that the failure decides (problems.py), so
every one lists them as its `default`. Nothing else is left out: an answer that the document does not know is a fault,
and tests/server/api/test_described.py looks for one.
"""

from typing import Any, Final

from flask import Flask

from server.extensions import api

PROBLEM: Final = "Problem"
PROBLEM_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "description": "Problem details (RFC 9457) in the language of the request",
    "required": ["type", "title", "status", "detail", "code", "errors"],
    "properties": {
        "type": {"type": "string", "const": "about:blank"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "code": {"type": "string", "pattern": "^[a-z0-9_]+$"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "rule", "message"],
                "properties": {
                    "field": {"type": "string"},
                    "rule": {"type": "string"},
                    "message": {"type": "string"},
                    "row": {"type": "integer"},
                },
            },
        },
    },
}
REFUSAL: Final[dict[str, Any]] = {
    "description": "Refused: problem details, with the code and the fields that broke a rule",
    "content": {"application/problem+json": {"schema": {"$ref": f"#/components/schemas/{PROBLEM}"}}},
}
# What the maker puts into every document for refusals of its own, which never leave this server.
MAKERS_OWN: Final = ("Error", "PaginationMetadata")
METHODS: Final = frozenset(("get", "head", "post", "put", "patch", "delete"))
WITHOUT_CONTENT: Final = frozenset(("204", "304"))


def install(app: Flask) -> None:
    """Complete the document, once all blueprints are registered."""
    document = api.spec
    with app.app_context():
        schemas = document.components.schemas
        schemas[PROBLEM] = PROBLEM_SCHEMA
        for name in MAKERS_OWN:
            schemas.pop(name, None)
        document.components.responses.clear()
        for path in document._paths.values():
            for method, operation in path.items():
                if method in METHODS:
                    _complete(method, operation)


def _complete(method: str, operation: dict[str, Any]) -> None:
    responses: dict[str, Any] = operation.setdefault("responses", {})
    responses.pop("422", None)
    responses["default"] = REFUSAL
    if not any(status.startswith("2") for status in responses):
        responses["200"] = {"description": "OK"}
    for status in [status for status in responses if status >= "400" and status != "default"]:
        responses[status] = {**REFUSAL, "description": responses[status].get("description", "")}
    for status, answer in responses.items():
        if status in WITHOUT_CONTENT or method == "head" or "content" in answer or "$ref" in answer:
            continue
        # A shape that docs/wire.md gives in words: the phone's parser checks it.
        answer["content"] = {"application/json": {"schema": {"type": ["object", "array"]}}}
