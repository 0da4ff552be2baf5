"""JSON values as Python types, and the one way to write them as bytes.

Text that came from file names may hold lone surrogates (`surrogateescape`); `dumps` keeps them as
`\\udcxx` escapes, so any value that `loads` accepts survives a round trip.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias, cast

JsonScalar: TypeAlias = "str | int | float | bool | None"
JsonValue: TypeAlias = "JsonScalar | Sequence[JsonValue] | Mapping[str, JsonValue]"
JsonObject: TypeAlias = "Mapping[str, JsonValue]"


def dumps(value: JsonValue) -> str:
    """Canonical JSON text: keys sorted, no whitespace, ASCII only. Raises ValueError for NaN and
    infinities.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def loads(text: str | bytes) -> JsonValue:
    """Parse JSON text. Raises ValueError (json.JSONDecodeError, UnicodeDecodeError) on anything else."""
    return cast(JsonValue, json.loads(text))
