"""The OpenAPI 3.1 document, made from the same operations the router serves."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from conference.model.errors import (
    BodyTooLarge,
    HuishangError,
    InternalError,
    JsonTooDeep,
    KeyExpired,
    KeyInvalid,
    MessageInvalid,
    NotAllowed,
    TokenExpired,
    TokenInvalid,
    TokenRevoked,
)
from signaling.errors import AdminKeyInvalid, BodyTimeout, MediaTypeUnsupported, TicketInvalid
from signaling.limits import ID_PATTERN
from signaling.operation import JSON, Access, Answer, Operation
from signaling.rest.models import Error

_SCHEMA: Final = "#/components/schemas/"
_ACCESS_ERRORS: Final[dict[Access, tuple[type[HuishangError], ...]]] = {
    Access.OPEN: (),
    Access.JOIN: (TokenInvalid, TokenExpired, TokenRevoked),
    Access.ADMIN: (AdminKeyInvalid,),
    Access.OPERATOR: (AdminKeyInvalid,),
    Access.SOURCE: (KeyInvalid, KeyExpired),
    Access.HOST: (TokenInvalid, TokenExpired, TokenRevoked, NotAllowed),
    Access.DEVICE: (KeyInvalid, KeyExpired),
    Access.RECORDING: (AdminKeyInvalid, TicketInvalid),
    Access.COMPOSED: (AdminKeyInvalid, TicketInvalid),
}
_SECURITY: Final[dict[Access, list[dict[str, list[str]]]]] = {
    Access.OPEN: [],
    Access.JOIN: [{"joinToken": []}],
    Access.ADMIN: [{"adminKey": []}],
    Access.OPERATOR: [{"adminKey": []}],
    Access.SOURCE: [{"sourceKey": []}],
    Access.HOST: [{"adminKey": []}, {"joinToken": []}, {"resumeToken": []}],
    Access.DEVICE: [{"adminKey": []}, {"sourceKey": []}],
    Access.RECORDING: [{"adminKey": []}, {"recordingTicket": []}],
    Access.COMPOSED: [{"adminKey": []}, {"composedTicket": []}],
}
_HEADER_TEXT: Final = {
    "If-Match": 'The entity tag of the ICE session, or "*" for an ICE restart',
    "Location": "Where the new resource is",
    "ETag": "Names the ICE session, or the state of a file",
    "Range": "One range of bytes; of several, or one that cannot be read, no notice is taken",
    "If-Range": "The ETag the range belongs to; of another file's state, or one still being written, all is sent",
    "Accept-Ranges": "What Range takes",
    "Content-Range": "Which bytes these are, and of how many",
    "Content-Disposition": "A name to save it under",
    "Accept-Patch": "What PATCH takes",
    "Accept-Post": "What POST takes",
    "Link": "Related resources",
}


_OPTIONAL_HEADERS: Final = frozenset({"Range", "If-Range"})


def document(operations: Iterable[Operation], *, version: str) -> dict[str, Any]:
    """The whole document as JSON values."""
    listed = list(operations)
    inputs = {op.body for op in listed if isinstance(op.body, type)}
    outputs = {answer.body for op in listed for answer in op.answers if answer.body is not None} | {Error}
    modes = [(model, "validation") for model in inputs] + [(model, "serialization") for model in outputs]
    _, schemas = models_json_schema(
        sorted(modes, key=lambda pair: pair[0].__name__),  # type: ignore[arg-type]
        ref_template=_SCHEMA + "{model}",
    )
    paths: dict[str, dict[str, Any]] = defaultdict(dict)
    for op in listed:
        paths[op.path][op.method.lower()] = _operation(op)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Huishang 会商",
            "version": version,
            "summary": "Rooms, join tokens, participants, sources, recordings, WHIP, WHEP, health.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": dict(paths),
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {
                "adminKey": {"type": "http", "scheme": "bearer", "description": "The administrator's key"},
                "joinToken": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "A join token"},
                "resumeToken": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The `resume` of `welcome`, while its seat is taken: it tells which of those that "
                    "share an open invitation calls, and outlasts it",
                },
                "sourceKey": {"type": "http", "scheme": "bearer", "description": "The key of the source"},
                "recordingTicket": {
                    "type": "apiKey",
                    "in": "query",
                    "name": "ticket",
                    "description": "A ticket for this recording, of `issueRecordingTicket`",
                },
                "composedTicket": {
                    "type": "apiKey",
                    "in": "query",
                    "name": "ticket",
                    "description": "A ticket for this composed stream, of `issueComposedTicket`",
                },
            },
        },
    }


def _operation(op: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": op.id,
        "summary": op.summary,
        "security": _SECURITY[op.access],
        "responses": {str(answer.status): _answer(answer) for answer in op.answers} | _refusals(op),
    }
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "pattern": _pattern(name)}}
        for name in re.findall(r"\{(\w+)\}", op.path)
    ] + [
        {
            "name": name,
            "in": "header",
            "required": name not in _OPTIONAL_HEADERS,
            "schema": {"type": "string"},
            "description": _HEADER_TEXT[name],
        }
        for name in op.headers
    ]
    parameters += [
        {"name": query.name, "in": "query", "schema": dict(query.schema), "description": query.text}
        for query in op.query
    ]
    if parameters:
        described["parameters"] = parameters
    if op.body is not None:
        described["requestBody"] = {"required": not op.body_optional, "content": _content(op.body)}
    return described


def _pattern(name: str) -> str:
    """Of a part of a path: an id, but for the names of media files."""
    return r"^(init-)?\d{1,12}\.(mp4|m4s)$" if name == "part" else ID_PATTERN


def _answer(answer: Answer) -> dict[str, Any]:
    described: dict[str, Any] = {"description": answer.text}
    content = answer.body or answer.content_type
    if content is not None:
        described["content"] = _content(content)
    if answer.headers:
        described["headers"] = {
            name: {"schema": {"type": "string"}, "description": _HEADER_TEXT[name]} for name in answer.headers
        }
    return described


def _refusals(op: Operation) -> dict[str, Any]:
    """One response per status, naming its codes; a status that is also a success keeps the success."""
    errors: set[type[HuishangError]] = {*op.errors, *_ACCESS_ERRORS[op.access], InternalError}
    if op.body is not None:
        errors |= {BodyTooLarge, BodyTimeout, MediaTypeUnsupported}
    if isinstance(op.body, type):
        errors |= {MessageInvalid, JsonTooDeep}
    codes: dict[int, list[str]] = defaultdict(list)
    for error in sorted(errors, key=lambda e: e.code):
        codes[error.status].append(error.code)
    succeeded = {answer.status for answer in op.answers}
    return {
        str(status): {"description": ", ".join(listed), "content": _content(Error)}
        for status, listed in sorted(codes.items())
        if status not in succeeded
    }


def _content(body: type[BaseModel] | str) -> dict[str, Any]:
    if isinstance(body, str):
        return {body: {"schema": {"type": "string"}}}
    return {JSON: {"schema": {"$ref": _SCHEMA + body.__name__}}}
