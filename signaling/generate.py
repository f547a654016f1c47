"""Makes `web/src/protocol/generated.ts` from `signaling.protocol`: types for the compiler, shapes for the decoder.

`python -m signaling.generate` writes the file; `--check` only compares and exits 1 when the copy is old.
"""

from __future__ import annotations

import argparse
import inspect
import json
import sys
import typing
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import msgspec
from msgspec import inspect as shapes

from signaling import protocol, wall_protocol

TARGET: Final = Path(__file__).parent.parent / "web" / "src" / "protocol" / "generated.ts"
_HEADER: Final = "// Made from signaling/protocol.py by `python -m signaling.generate`. Do not edit by hand.\n"
_ALIASES: Final[dict[str, object]] = {
    name: getattr(words, name)
    for words, names in (
        (
            protocol,
            "Role TrackSource Kind ParticipantKind Audience Presence LayerReason FeedKind FeedState FeedCause "
            "Transcoding",
        ),
        (wall_protocol, "ContentKind PaneState SeenState Turn"),
    )
    for name in names.split()
}
"""The named literals."""

StructClass = type[msgspec.Struct]
Names = dict[tuple[str, ...], str]
_PRIMITIVES: Final[dict[type[shapes.Type], str]] = {
    shapes.StrType: "string",
    shapes.IntType: "number",
    shapes.FloatType: "number",
    shapes.BoolType: "boolean",
    shapes.NoneType: "null",
}


def _key(values: Iterable[object]) -> tuple[str, ...]:
    return tuple(sorted(str(value) for value in values))


def _struct(cls: StructClass) -> shapes.StructType:
    info = shapes.type_info(cls)
    if not isinstance(info, shapes.StructType):
        raise TypeError(f"{cls!r} is not a struct")
    return info


def _aliases() -> Names:
    """The values of every named literal of the protocol, by which a field's type finds its name again."""
    return {_key(typing.get_args(literal)): name for name, literal in _ALIASES.items()}


def _typescript(node: shapes.Type, names: Names) -> str:
    """The TypeScript spelling of one field's type; a type the protocol has never used is an error, not `unknown`."""
    if primitive := _PRIMITIVES.get(type(node)):
        return primitive
    match node:
        case shapes.LiteralType(values=values):
            return names.get(_key(values), " | ".join(json.dumps(value) for value in values))
        case shapes.ListType(item_type=item):
            inner = _typescript(item, names)
            return f"readonly {inner}[]" if inner.isidentifier() else f"readonly ({inner})[]"
        case shapes.UnionType(types=types):
            return " | ".join(_typescript(one, names) for one in types)
        case shapes.StructType(cls=cls):
            return cls.__name__
    raise TypeError(f"no TypeScript spelling for {node!r}")


def _shape(node: shapes.Type) -> object:
    """The same type as data, small enough to ship: the decoder walks it over a parsed message."""
    if primitive := _PRIMITIVES.get(type(node)):
        return primitive
    match node:
        case shapes.LiteralType(values=values):
            return {"oneOf": list(values)}
        case shapes.ListType(item_type=item):
            return {"list": _shape(item)}
        case shapes.UnionType(types=types):
            return {"anyOf": [_shape(one) for one in types]}
        case shapes.StructType(fields=fields):
            return {"fields": {field.encode_name: _field_shape(field) for field in fields}}
    raise TypeError(f"no shape for {node!r}")


def _field_shape(field: shapes.Field) -> object:
    """A field with a default may be absent."""
    shape = _shape(field.type)
    return shape if field.required else {"optional": shape}


def _comment(text: str, indent: str = "") -> str:
    lines = [line.strip() for line in inspect.cleandoc(text).splitlines() if line.strip()]
    if len(lines) == 1:
        return f"{indent}/** {lines[0]} */\n"
    return f"{indent}/**\n" + "".join(f"{indent} * {line}\n" for line in lines) + f"{indent} */\n"


def _interface(cls: StructClass, names: Names) -> str:
    info = _struct(cls)
    text = _comment(cls.__doc__) if cls.__doc__ and not cls.__doc__.startswith(f"{cls.__name__}(") else ""
    text += f"export interface {cls.__name__} {{\n"
    if info.tag is not None:
        text += f"  readonly {info.tag_field}: {json.dumps(info.tag)};\n"
    for field in info.fields:
        optional = "" if field.required else "?"
        text += f"  readonly {field.encode_name}{optional}: {_typescript(field.type, names)};\n"
    return text + "}\n"


def _nested(cls: StructClass) -> Iterator[StructClass]:
    """The structs inside `cls`, inner ones first, then `cls` itself."""
    info = _struct(cls)
    for field in info.fields:
        yield from _inside(field.type)
    yield cls


def _inside(node: shapes.Type) -> Iterator[StructClass]:
    match node:
        case shapes.ListType(item_type=item):
            yield from _inside(item)
        case shapes.UnionType(types=types):
            for one in types:
                yield from _inside(one)
        case shapes.StructType(cls=cls):
            yield from _nested(cls)


def _members(union: object) -> list[StructClass]:
    return list(typing.get_args(union))


def _shape_table(messages: list[StructClass]) -> str:
    text = "/** What a message of the server must look like; see decode.ts. */\nexport const SERVER_SHAPES = {\n"
    for cls in messages:
        info = _struct(cls)
        fields = {field.encode_name: _field_shape(field) for field in info.fields}
        text += f"  {json.dumps(info.tag)}: {json.dumps({'fields': fields})},\n"
    return text + "} as const;\n"


def generate() -> str:
    """The whole file as text."""
    names = _aliases()
    clients, servers = _members(protocol.ClientMessage), _members(protocol.ServerMessage)
    parts = [_HEADER, f"export const VERSION = {protocol.VERSION};\n"]
    for name, literal in _ALIASES.items():
        values = " | ".join(json.dumps(value) for value in typing.get_args(literal))
        parts.append(f"export type {name} = {values};\n")
    ordered = dict.fromkeys(inner for cls in [*clients, *servers] for inner in _nested(cls))
    parts += [_interface(cls, names) for cls in ordered]
    for union, members in (("ClientMessage", clients), ("ServerMessage", servers)):
        parts.append(f"export type {union} =\n" + "".join(f"  | {cls.__name__}\n" for cls in members).rstrip() + ";\n")
    parts.append(_shape_table(servers))
    return "\n".join(parts)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only compare; exit 1 when the copy is old")
    options = parser.parse_args(arguments)
    text = generate()
    if not options.check:
        TARGET.parent.mkdir(parents=True, exist_ok=True)
        TARGET.write_text(text, encoding="utf-8")
        return 0
    if TARGET.exists() and TARGET.read_text(encoding="utf-8") == text:
        return 0
    sys.stderr.write(f"{TARGET.name} is old: run `make generate`\n")
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
