"""Who decides, in which order, and how far an answer reaches."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from satchel.base.errors import InputError
from satchel.permission.gate import Allow, Ask, Deny, Gate
from satchel.permission.grant import Grant, in_scope
from satchel.permission.policy import Policy, Rule, parse_rule
from satchel.permission.request import Capability, PermissionRequest


def _request(capability: Capability, subject: str = "/workspace/a") -> PermissionRequest:
    return PermissionRequest(capability, subject, "Tool")


@pytest.mark.parametrize("capability", list(Capability))
def test_what_no_rule_speaks_about_is_asked_with_a_question_that_names_it(capability: Capability) -> None:
    decision = Gate(Policy()).decide(_request(capability, "the-subject"))
    assert isinstance(decision, Ask)
    assert "the-subject" in decision.prompt
    assert "Tool" in decision.prompt


def test_reading_and_writing_are_asked_as_a_class_and_the_network_one_by_one() -> None:
    gate = Gate(Policy())
    gate.grant(_request(Capability.READ, "/workspace/a"), "session")
    gate.grant(_request(Capability.NET, "GET https://a.example/x"), "session")
    assert gate.decide(_request(Capability.READ, "/workspace/b")) == Allow("grant", "session")
    assert isinstance(gate.decide(_request(Capability.WRITE)), Ask)
    assert isinstance(gate.decide(_request(Capability.NET, "GET https://a.example/y")), Ask)
    assert gate.decide(_request(Capability.NET, "GET https://a.example/x")) == Allow("grant", "session")


def test_a_deny_rule_wins_over_every_allow_rule_and_grant() -> None:
    rules = (Rule("allow", Capability.READ), Rule("deny", Capability.READ, "/workspace/secret/**"))
    gate = Gate(Policy(rules), [Grant(Capability.READ, "*", "always")])
    assert gate.decide(_request(Capability.READ)) == Allow("policy")
    denied = gate.decide(_request(Capability.READ, "/workspace/secret/key"))
    assert isinstance(denied, Deny)
    assert "deny read:/workspace/secret/**" in denied.reason


def test_a_standing_refusal_wins_over_an_allow_rule() -> None:
    gate = Gate(Policy((Rule("allow", Capability.WRITE),)))
    gate.grant(_request(Capability.WRITE), "session", allowed=False)
    assert isinstance(gate.decide(_request(Capability.WRITE)), Deny)


def test_leave_for_once_leaves_nothing_behind() -> None:
    gate = Gate(Policy())
    gate.grant(_request(Capability.READ), "once")
    assert gate.grants() == ()


def test_revoking_takes_one_grant_and_leaves_the_others() -> None:
    gate = Gate(Policy())
    gate.grant(_request(Capability.READ), "session")
    gate.grant(_request(Capability.WRITE), "always")
    assert gate.revoke(Capability.READ)
    assert not gate.revoke(Capability.READ)
    assert [grant.capability for grant in gate.grants()] == [Capability.WRITE]


@pytest.mark.parametrize(
    ("subject", "scope", "expected"),
    [
        ("/workspace/a", "*", True),
        ("/workspace/a", "/workspace/a", True),
        ("/workspace/ab", "/workspace/a", False),
        ("/workspace/docs/x/y", "/workspace/docs/**", True),
        ("/workspace/docs", "/workspace/docs/**", True),
        ("/workspace/docs2/x", "/workspace/docs/**", False),
        ("/workspace/a*", "/workspace/*", False),
    ],
)
def test_a_scope_reaches_as_far_as_it_says(subject: str, scope: str, expected: bool) -> None:
    assert in_scope(subject, scope) is expected


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_directory_scope_never_reaches_beside_the_directory(directory: str, other: str) -> None:
    inside = other == directory or other.startswith(directory + "/")
    if directory + "/**" != "*":
        assert in_scope(other, directory + "/**") is inside


@pytest.mark.parametrize("text", ["", "reed", "read:", "write:", ":x"])
def test_a_flag_that_means_nothing_is_refused_with_the_remedy(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_rule("allow", text)
    assert caught.value.remedy


def test_flags_become_rules() -> None:
    assert parse_rule("allow", "read") == Rule("allow", Capability.READ, "*")
    assert parse_rule("deny", "write:/workspace/a:b/**") == Rule(
        "deny", Capability.WRITE, "/workspace/a:b/**"
    )
