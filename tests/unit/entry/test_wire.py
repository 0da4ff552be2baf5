"""The messages of the wire as JSON, and their TypeScript types."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from satchel.entry import wire
from satchel.entry.wire import EffectMessage, FailureMessage, RenderMessage, encode
from satchel_build import protocol_types
from satchel_build.protocol_types import render_protocol_types

pytestmark = pytest.mark.host_only("satchel_build is not in the wheel")


def test_fields_at_their_default_stay_at_home() -> None:
    assert encode(EffectMessage("focus", id="prompt", polite=True)) == {
        "type": "effect",
        "name": "focus",
        "id": "prompt",
        "polite": True,
    }
    assert encode(FailureMessage("agent", "python-error", "why")) == {
        "type": "failure",
        "phase": "agent",
        "code": "python-error",
        "message": "why",
    }


def test_a_region_that_is_gone_is_null() -> None:
    assert encode(RenderMessage((("a", None),))) == {"type": "render", "regions": (("a", None),)}


def test_names_are_in_camel_case() -> None:
    assert wire.camel_case("can_pick_folder") == "canPickFolder"
    assert "canPickFolder?: boolean;" in render_protocol_types()


def test_every_message_is_in_a_union() -> None:
    text = render_protocol_types()
    for name in vars(wire):
        if name.endswith("Message") and name not in ("AgentMessage", "PageMessage", "ViewerMessage"):
            unions = [
                line for line in text.splitlines() if line.startswith("export type") and f" {name}" in line
            ]
            assert unions, name


def test_an_annotation_without_a_type_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    @dataclass
    class Odd:
        field: set[int]

    monkeypatch.setattr(wire, "OddMessage", Odd, raising=False)
    with pytest.raises(TypeError, match="no TypeScript type"):
        protocol_types.render_protocol_types()
