"""Declared fields: the schema the model sees and the check of what it sends."""

from __future__ import annotations

import pytest

from satchel.base.jsonvalue import JsonValue, dumps
from satchel.tools.errors import ToolError
from satchel.tools.input_fields import Field, InputFields
from satchel.tools.registry import default_registry

FIELDS = InputFields(
    "Demo",
    (
        Field("path", "string", "Where.", ("filePath", "file"), required=True),
        Field("count", "integer", "How many.", default=1, minimum=0),
        Field("all", "boolean", "Everything.", default=False),
        Field("mode", "string", "How.", default="a", choices=("a", "b")),
        Field("extra", "string", "Optional."),
    ),
)


def test_schema() -> None:
    schema = FIELDS.schema("Does things.")
    assert (schema.name, schema.description) == ("Demo", "Does things.")
    assert dumps(schema.parameters) == dumps(
        {
            "type": "object",
            "properties": {
                "path": {"type": "string", "description": "Where."},
                "count": {"type": "integer", "description": "How many.", "default": 1, "minimum": 0},
                "all": {"type": "boolean", "description": "Everything.", "default": False},
                "mode": {"type": "string", "description": "How.", "default": "a", "enum": ["a", "b"]},
                "extra": {"type": "string", "description": "Optional."},
            },
            "required": ["path"],
            "additionalProperties": False,
        }
    )


def test_values_defaults_and_aliases() -> None:
    checked = FIELDS.check({"filePath": "x", "count": " 7 ", "all": "True", "extra": None})
    assert checked.text("path") == "x"
    assert checked.integer("count") == 7
    assert checked.flag("all") is True
    assert checked.text("mode") == "a"
    assert checked.optional_text("extra") is None
    assert FIELDS.check({"file": "x", "path": "x"}).integer("count") == 1
    assert FIELDS.check({"path": "x", "count": 3.0}).integer("count") == 3


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {},
            "Demo: field 'path' is missing. Accepted fields: path (or filePath, file); count; all; mode; extra.",
        ),
        ({"path": None}, "field 'path' is missing"),
        ({"path": "x", "pth": 1}, "unknown field 'pth'. Did you mean 'path'?"),
        ({"path": "x", "zzzz": 1}, "unknown field 'zzzz'. Accepted fields: path"),
        ({"path": "x", "file": "y"}, "'path' and 'file' mean the same and differ"),
        ({"path": 3}, "'path' must be a string, not a number"),
        ({"file": ["x"]}, "'file' must be a string, not a list"),
        ({"path": "x", "count": "many"}, "'count' must be a whole number, not 'many'"),
        ({"path": "x", "count": 1.5}, "'count' must be a whole number, not 1.5"),
        ({"path": "x", "count": True}, "'count' must be a whole number, not a truth value"),
        ({"path": "x", "count": -1}, "'count' is -1. It must be at least 0."),
        ({"path": "x", "count": "9" * 5000}, "'count' must be a whole number"),
        ({"path": "x", "all": "yes"}, "'all' must be true or false"),
        ({"path": "x", "all": {}}, "not an object"),
        ({"path": "x", "mode": "c"}, "'mode' is 'c'. It must be 'a' or 'b'."),
    ],
)
def test_refusals_name_field_and_remedy(given: dict[str, JsonValue], message: str) -> None:
    with pytest.raises(ToolError) as caught:
        FIELDS.check(given)
    assert message in str(caught.value)
    assert caught.value.code == "tool.input"


@pytest.mark.parametrize("name", default_registry().names())
def test_every_tool_describes_all_its_fields(name: str) -> None:
    schema = default_registry().get(name).schema
    properties = schema.parameters["properties"]
    required = schema.parameters["required"]
    assert isinstance(properties, dict)
    assert isinstance(required, list)
    assert set(required) <= set(properties)
    assert len(schema.description) > 20
    assert all(len(field["description"]) > 10 for field in properties.values())
    assert dumps(schema.parameters)
