"""Input fields of a tool, declared once: the JSON schema for the model and the check of what it sends come
from here.

The schema names each field once; the check also takes the aliases that models trained on other tool sets
use, numbers and truth values written as strings, and null for a field left out. Everything else is refused
by name.
"""

from __future__ import annotations

import contextlib
import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from satchel.base.jsonvalue import JsonObject, JsonValue, loads
from satchel.llm.provider import ToolSchema
from satchel.tools.errors import ToolError

FieldType = Literal["string", "integer", "boolean", "array", "object"]

_INTEGER = re.compile(r"\s*[+-]?[0-9]{1,15}\s*", re.ASCII)
_TRUTH_VALUES = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Field:
    """One input field. `minimum` bounds an integer; `choices` are the only values of a string; `shape` adds to the JSON
    schema of an array or object, whose inside the tool checks itself.
    """

    name: str
    type: FieldType
    description: str
    aliases: tuple[str, ...] = ()
    required: bool = False
    default: str | int | bool | None = None
    minimum: int | None = None
    choices: tuple[str, ...] = ()
    shape: JsonObject | None = None

    @property
    def shown(self) -> str:
        """The field's name with its aliases, for error texts."""
        return f"{self.name} (or {', '.join(self.aliases)})" if self.aliases else self.name

    def json_schema(self) -> JsonObject:
        """The field's part of the JSON schema."""
        schema: dict[str, JsonValue] = {"type": self.type, "description": self.description}
        if self.default is not None:
            schema["default"] = self.default
        if self.minimum is not None:
            schema["minimum"] = self.minimum
        if self.choices:
            schema["enum"] = self.choices
        return {**schema, **(self.shape or {})}


class ToolInput:
    """Checked input of one call: every declared field with its type, defaults filled in."""

    def __init__(self, values: Mapping[str, JsonValue]) -> None:
        self._values = values

    def text(self, name: str) -> str:
        """A string that is required or has a default."""
        value = self._values[name]
        assert isinstance(value, str)
        return value

    def optional_text(self, name: str) -> str | None:
        """A string, or None when it was left out."""
        return None if self._values[name] is None else self.text(name)

    def integer(self, name: str) -> int:
        """An integer that is required or has a default."""
        value = self._values[name]
        assert isinstance(value, int)
        return value

    def optional_integer(self, name: str) -> int | None:
        """An integer, or None when it was left out."""
        return None if self._values[name] is None else self.integer(name)

    def flag(self, name: str) -> bool:
        """A truth value."""
        return self._values[name] is True

    def items(self, name: str) -> Sequence[JsonValue]:
        """A list; empty when it was left out."""
        value = self._values[name]
        assert value is None or (isinstance(value, Sequence) and not isinstance(value, str))
        return value or ()

    def members(self, name: str) -> JsonObject:
        """An object; empty when it was left out."""
        value = self._values[name]
        assert value is None or isinstance(value, Mapping)
        return value or {}


@dataclass(frozen=True, slots=True)
class InputFields:
    """All input fields of one tool, in the order the model is shown them."""

    tool: str
    fields: tuple[Field, ...]

    def schema(self, description: str) -> ToolSchema:
        """The tool as the model is told of it."""
        parameters: dict[str, JsonValue] = {
            "type": "object",
            "properties": {field.name: field.json_schema() for field in self.fields},
            "required": [field.name for field in self.fields if field.required],
            "additionalProperties": False,
        }
        return ToolSchema(self.tool, description, parameters)

    def check(self, given: JsonObject) -> ToolInput:
        """The values of `given`; raises ToolError naming the field that is unknown, missing or of the wrong
        type.
        """
        owners = {name: field for field in self.fields for name in (field.name, *field.aliases)}
        unknown = [name for name in given if name not in owners]
        if unknown:
            raise self._unknown_field(unknown[0], list(owners))
        values = {field.name: self._value(field, given) for field in self.fields}
        return ToolInput(values)

    def _unknown_field(self, name: str, known: list[str]) -> ToolError:
        close = difflib.get_close_matches(name, known, n=1)
        meant = f" Did you mean {close[0]!r}?" if close else ""
        return ToolError(self.tool, f"unknown field {name!r}.{meant}", self._accepted())

    def _accepted(self) -> str:
        return f"Accepted fields: {'; '.join(field.shown for field in self.fields)}."

    def _value(self, field: Field, given: JsonObject) -> JsonValue:
        present = [name for name in (field.name, *field.aliases) if given.get(name) is not None]
        if not present:
            if field.required:
                raise ToolError(self.tool, f"field {field.name!r} is missing.", self._accepted())
            return field.default
        values = [self._converted(field, name, given[name]) for name in present]
        if any(value != values[0] for value in values):
            names = " and ".join(repr(name) for name in present)
            raise ToolError(self.tool, f"{names} mean the same and differ.", f"Give only {field.name!r}.")
        return values[0]

    def _converted(self, field: Field, name: str, value: JsonValue) -> JsonValue:
        match field.type:
            case "string":
                return self._string(field, name, value)
            case "integer":
                return self._integer(field, name, value)
            case "boolean":
                return self._boolean(name, value)
            case "array" | "object":
                return self._structure(field, name, value)

    def _structure(self, field: Field, name: str, value: JsonValue) -> JsonValue:
        """A list or an object, also when it came as JSON text."""
        if isinstance(value, str):
            with contextlib.suppress(ValueError):
                value = loads(value)
        if not isinstance(value, list | tuple if field.type == "array" else Mapping):
            kind = "a list" if field.type == "array" else "an object"
            raise ToolError(self.tool, f"{name!r} must be {kind}, not {_type_name(value)}.", self._accepted())
        return value

    def _string(self, field: Field, name: str, value: JsonValue) -> str:
        if not isinstance(value, str):
            raise ToolError(
                self.tool, f"{name!r} must be a string, not {_type_name(value)}.", self._accepted()
            )
        if field.choices and value not in field.choices:
            choices = " or ".join(repr(choice) for choice in field.choices)
            raise ToolError(self.tool, f"{name!r} is {value!r}.", f"It must be {choices}.")
        return value

    def _integer(self, field: Field, name: str, value: JsonValue) -> int:
        if isinstance(value, str) and _INTEGER.fullmatch(value):
            value = int(value)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            shown = repr(value) if isinstance(value, str | float) else _type_name(value)
            raise ToolError(self.tool, f"{name!r} must be a whole number, not {shown}.", "Give digits only.")
        if field.minimum is not None and value < field.minimum:
            raise ToolError(self.tool, f"{name!r} is {value}.", f"It must be at least {field.minimum}.")
        return value

    def _boolean(self, name: str, value: JsonValue) -> bool:
        if isinstance(value, str):
            value = _TRUTH_VALUES.get(value.strip().lower(), value)
        if not isinstance(value, bool):
            raise ToolError(
                self.tool, f"{name!r} must be true or false, not {_type_name(value)}.", "Give one of these."
            )
        return value


def _type_name(value: JsonValue) -> str:
    match value:
        case bool():
            return "a truth value"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case Mapping():
            return "an object"
        case _:
            return "a list"
