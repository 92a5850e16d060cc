"""Writes `web/client/src/live/messages.ts` from `realtime.messages`: one place for the truth about the wire."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Any

from msgspec import inspect

from realtime import messages

TARGET = Path(__file__).resolve().parent.parent / "web" / "client" / "src" / "live" / "messages.ts"
HEADER = "// Generated from realtime/messages.py by `python -m realtime.typescript`. Do not edit.\n"


def generate() -> str:
    """The whole TypeScript file."""
    client = inspect.type_info(messages.ClientMessage)
    server = inspect.type_info(messages.ServerMessage)
    command = inspect.type_info(messages.Command)
    structs: dict[str, inspect.StructType] = {}
    named = Named()
    for union in (command, client, server):
        for member in _members(union):
            assert isinstance(member, inspect.StructType), member
            structs[member.cls.__name__] = member
    blocks = [_struct(info, named) for info in structs.values()]
    nested: dict[str, str] = {}
    while waiting := [info for name, info in named.structs.items() if name not in nested]:
        nested |= {info.cls.__name__: _struct(info, named) for info in waiting}
    lists = [
        _union("Command", command),
        _union("ClientMessage", client),
        _union("ServerMessage", server),
        f"export const PROTOCOL_VERSION = {messages.PROTOCOL_VERSION}\n",
    ]
    enums = [_enum(kind) for kind in named.enums.values()]
    return HEADER + "\n" + "\n".join([*enums, *nested.values(), *blocks, *lists])


class Named:
    """What fields are made of, beyond messages: enumerations, and structs without a tag."""

    def __init__(self) -> None:
        self.enums: dict[str, type[enum.Enum]] = {}
        self.structs: dict[str, inspect.StructType] = {}


def _members(union: inspect.Type) -> tuple[inspect.Type, ...]:
    return union.types if isinstance(union, inspect.UnionType) else (union,)


def _union(name: str, union: inspect.Type) -> str:
    parts = [m.cls.__name__ for m in _members(union) if isinstance(m, inspect.StructType)]
    return f"export type {name} =\n  | " + "\n  | ".join(parts) + "\n"


def _enum(kind: type[enum.Enum]) -> str:
    return f"export type {kind.__name__} = " + " | ".join(f"'{m.value}'" for m in kind) + "\n"


def _struct(info: inspect.StructType, named: Named) -> str:
    lines = [f"export interface {info.cls.__name__} {{", *([f"  t: '{info.tag}'"] if info.tag else [])]
    for field in info.fields:
        optional = "" if field.required else "?"
        lines.append(f"  {field.encode_name}{optional}: {_type(field.type, named)}")
    return "\n".join([*lines, "}", ""])


def _type(kind: inspect.Type, named: Named) -> str:
    match kind:
        case inspect.StrType() | inspect.DateTimeType():
            return "string"
        case inspect.IntType() | inspect.FloatType():
            return "number"
        case inspect.BoolType():
            return "boolean"
        case inspect.BytesType():
            return "Uint8Array"
        case inspect.NoneType():
            return "null"
        case inspect.AnyType():
            return "unknown"
        case inspect.EnumType():
            named.enums[kind.cls.__name__] = kind.cls
            return kind.cls.__name__
        case inspect.LiteralType():
            return " | ".join(f"'{v}'" for v in kind.values)
        case inspect.ListType() | inspect.VarTupleType():
            return f"{_type(kind.item_type, named)}[]"
        case inspect.DictType():
            return f"Record<string, {_type(kind.value_type, named)}>"
        case inspect.UnionType():
            members: list[Any] = [_type(m, named) for m in kind.types]
            return "Command" if kind.types and isinstance(kind.types[0], inspect.StructType) and kind.types[0].tag else " | ".join(members)
        case inspect.StructType():
            if kind.tag is None:
                named.structs[kind.cls.__name__] = kind
            return kind.cls.__name__
    raise TypeError(f"no TypeScript for {kind!r}")


def main() -> None:
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(generate())
    print(f"{TARGET.name}: {len(generate())} characters")


if __name__ == "__main__":
    main()
