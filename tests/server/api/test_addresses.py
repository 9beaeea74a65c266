"""What stands in an address stands in logs, in histories and on shared screens: no secret is asked for in one (J4)."""

import re

from flask import Flask

from server.extensions import api

SECRET = re.compile(
    r"pass(word)?|pin\b|token|secret|phone|number|mail|key|cookie|contact|note|login", re.IGNORECASE
)
# Free words that may be typed into an address: names, codes and chains of stores, names of deeds.
FREE_WORDS = {
    ("/api/v1/audit/entries", "deed"),
    ("/api/v1/audit/entries", "outlet"),
    ("/api/v1/outlets", "words"),
    ("/api/v1/outlets", "chain"),
}


def parameters(where: str) -> list[tuple[str, str, dict[str, object]]]:
    """(path, name, schema) of every parameter of the document that stands `where`."""
    found = []
    for path, methods in api.spec.to_dict()["paths"].items():
        for method, operation in methods.items():
            said = operation if method == "parameters" else operation.get("parameters", [])
            found += [(path, one["name"], one["schema"]) for one in said if one["in"] == where]
    return found


def test_J4_no_address_asks_for_a_secret(app: Flask) -> None:
    asked = parameters("query") + parameters("path")
    assert len(asked) > 30
    # The id of a thing is no secret: who may not see the thing gets nothing by it.
    named = [(path, name) for path, name, _ in asked if not name.endswith("_id")]
    assert [one for one in named if SECRET.search(one[1])] == []


def test_J4_free_words_are_asked_for_in_few_addresses_only(app: Flask) -> None:
    free = {
        (path, name)
        for path, name, schema in parameters("query")
        if schema.get("type") == "string" and not {"enum", "format", "pattern"} & schema.keys()
    }
    assert free == FREE_WORDS
