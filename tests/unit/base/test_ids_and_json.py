"""Identifiers sort by time of making; JSON text is canonical and keeps what it is given."""

from __future__ import annotations

import os
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from satchel.base.ids import Uuid7Source, is_hex_id
from satchel.base.jsonvalue import dumps, loads
from tests.unit.session.logs import HandClock


def test_ids_are_uuids_of_version_7_with_the_time_in_front() -> None:
    clock = HandClock()
    text = Uuid7Source(clock, os.urandom).new()
    assert is_hex_id(text)
    parsed = uuid.UUID(hex=text)
    assert (parsed.version, parsed.variant) == (7, uuid.RFC_4122)
    assert int(text[:12], 16) == clock.now_ms()


def test_ids_of_one_source_increase_within_a_millisecond_and_when_the_clock_goes_back() -> None:
    clock = HandClock()
    source = Uuid7Source(clock, os.urandom)
    made = [source.new() for _ in range(5000)]
    clock.seconds -= 100
    made += [source.new() for _ in range(10)]
    assert made == sorted(set(made))


@pytest.mark.parametrize("text", ["", "0" * 31, "0" * 33, "G" * 32, "A" * 32, "0" * 32 + "\n"])
def test_what_is_no_id_is_not_taken_for_one(text: str) -> None:
    assert not is_hex_id(text)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@given(_JSON)
def test_json_survives_the_round_trip_as_ascii(value: object) -> None:
    text = dumps(value)  # type: ignore[arg-type]
    assert text.isascii()
    assert loads(text) == value
    assert dumps(loads(text)) == text


def test_a_file_name_that_is_not_utf8_survives() -> None:
    name = b"caf\xe9".decode("utf-8", "surrogateescape")
    assert loads(dumps({"path": name})) == {"path": name}
