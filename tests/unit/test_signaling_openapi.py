"""The document says all that the router serves, and its references lead somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from signaling.app import OPERATIONS
from signaling.openapi import document

DOCUMENT = document(OPERATIONS, version="1.2.3")


def references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "$ref":
                yield inner
            else:
                yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def operations() -> list[dict[str, Any]]:
    return [op for methods in DOCUMENT["paths"].values() for op in methods.values()]


def test_its_version() -> None:
    assert DOCUMENT["openapi"] == "3.1.0"
    assert DOCUMENT["info"]["version"] == "1.2.3"


def test_every_operation_is_in_it_once() -> None:
    listed = {(method.upper(), path) for path, methods in DOCUMENT["paths"].items() for method in methods}
    assert listed == {(op.method, op.path) for op in OPERATIONS}
    ids = [op["operationId"] for op in operations()]
    assert len(ids) == len(set(ids))


def test_references_lead_somewhere() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    found = set(references(DOCUMENT))
    assert found
    assert {ref.removeprefix("#/components/schemas/") for ref in found} <= set(schemas)


def test_every_schema_is_used() -> None:
    used = {ref.removeprefix("#/components/schemas/") for ref in references(DOCUMENT)}
    assert set(DOCUMENT["components"]["schemas"]) == used


def test_path_parameters_are_described() -> None:
    for path, methods in DOCUMENT["paths"].items():
        for op in methods.values():
            described = {p["name"] for p in op.get("parameters", []) if p["in"] == "path"}
            assert described == set(re.findall(r"\{(\w+)\}", path))


def test_names_on_the_wire_are_camel_case_and_nothing_extra_is_taken() -> None:
    for name, schema in DOCUMENT["components"]["schemas"].items():
        if schema["type"] == "object":
            assert schema["additionalProperties"] is False, name
            assert all(re.fullmatch(r"[a-z][A-Za-z0-9]*", field) for field in schema["properties"]), name


def test_security_schemes_exist() -> None:
    names = {name for op in operations() for entry in op["security"] for name in entry}
    assert names == set(DOCUMENT["components"]["securitySchemes"])
