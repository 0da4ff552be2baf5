"""The table that hosts look up says what the gate says: any policy, grants, answers, path; and after a revoke."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from satchel.permission.gate import Gate
from satchel.permission.grant import Grant
from satchel.permission.policy import Policy, Rule
from satchel.permission.request import Capability
from satchel.runtime.access_lookup import AccessLookup
from satchel.runtime.access_policy import compile_access, decide_access
from satchel.runtime.process import AccessTable

_NAMES = st.sampled_from(["a", "b", "ab", ".git", "workspace", "etc", "usr", "home", "ü"])
_PATHS = st.lists(_NAMES, max_size=4).map(lambda names: "/" + "/".join(names))
_ODD_SCOPES = st.sampled_from(["", "a/b", "/a/", "/a/../b/**", "//a", "/**", "/a/./b", "**", "/workspace/*"])
_SCOPES = st.one_of(st.just("*"), _PATHS, _PATHS.map(lambda path: f"{path.rstrip('/')}/**"), _ODD_SCOPES)
_FILES = st.sampled_from([Capability.READ, Capability.WRITE])
_RULES = st.lists(st.builds(Rule, st.sampled_from(["allow", "deny"]), _FILES, _SCOPES), max_size=4)
_GRANTS = st.lists(st.builds(Grant, _FILES, _SCOPES, st.just("session"), st.booleans()), max_size=3)


@given(_RULES, _GRANTS, _GRANTS, st.lists(_PATHS, min_size=1, max_size=8), st.sampled_from(["read", "write"]))
def test_the_table_says_what_the_gate_says(rules, grants, answers, paths, access) -> None:  # type: ignore[no-untyped-def]
    gate = Gate(Policy(tuple(rules)), grants)
    lookup = AccessLookup(compile_access(gate, answers))
    for path in paths:
        assert lookup.verdict(access, path) == decide_access(gate, answers, access, path), path


def _verdicts(table: AccessTable, path: str) -> tuple[str, str]:
    lookup = AccessLookup(table)
    return lookup.verdict("read", path), lookup.verdict("write", path)


def test_without_rules_the_workspace_is_asked_for_and_installed_commands_are_open() -> None:
    table = compile_access(Gate(Policy()))
    assert _verdicts(table, "/workspace/a") == ("ask", "ask")
    assert _verdicts(table, "/tmp/a") == ("ask", "ask")
    for path in ("/", "/usr/bin/ls", "/etc/passwd", "/dev/null", "/proc/self/status", "/home"):
        assert _verdicts(table, path) == ("allow", "allow"), path
    assert _verdicts(table, "/home/user") == ("ask", "ask")
    assert (table.exec, table.net) == ("ask", "deny")


def test_a_rule_of_the_policy_holds_in_the_open_places_too() -> None:
    table = compile_access(Gate(Policy((Rule("deny", Capability.READ, "/etc/**"),))))
    assert _verdicts(table, "/etc/passwd") == ("deny", "allow")


def test_a_rule_about_one_path_says_nothing_about_what_is_below() -> None:
    gate = Gate(Policy((Rule("allow", Capability.READ, "/workspace/docs"),)))
    assert _verdicts(compile_access(gate), "/workspace/docs") == ("allow", "ask")
    assert _verdicts(compile_access(gate), "/workspace/docs/a") == ("ask", "ask")


def test_a_revoke_takes_effect_in_the_next_table() -> None:
    gate = Gate(Policy(), [Grant(Capability.READ, "*", "session")])
    assert _verdicts(compile_access(gate), "/workspace/a") == ("allow", "ask")
    assert gate.revoke(Capability.READ)
    assert _verdicts(compile_access(gate), "/workspace/a") == ("ask", "ask")


def test_an_answer_for_one_run_does_not_overrule_what_is_denied() -> None:
    gate = Gate(Policy((Rule("deny", Capability.WRITE, "/workspace/.git/**"),)))
    table = compile_access(gate, [Grant(Capability.WRITE, "*", "session")], 3)
    assert _verdicts(table, "/workspace/a") == ("ask", "allow")
    assert _verdicts(table, "/workspace/.git/config") == ("ask", "deny")
    assert table.generation == 3


def test_a_refusal_in_one_run_wins_over_leave_in_it() -> None:
    answers = [
        Grant(Capability.READ, "*", "session"),
        Grant(Capability.READ, "/workspace/a", "session", False),
    ]
    table = compile_access(Gate(Policy()), answers)
    assert _verdicts(table, "/workspace/a")[0] == "deny"
    assert _verdicts(table, "/workspace/b")[0] == "allow"


def test_programs_are_one_verdict_and_the_gate_is_asked_where_rules_name_single_ones() -> None:
    def verdict(*rules: Rule, grants: tuple[Grant, ...] = ()) -> str:
        return compile_access(Gate(Policy(rules), grants)).exec

    everything = Grant(Capability.EXEC, "*", "session")
    assert verdict(grants=(everything,)) == "allow"
    assert verdict(Rule("deny", Capability.EXEC)) == "deny"
    assert verdict(Rule("deny", Capability.EXEC, "rm -rf /"), grants=(everything,)) == "ask"
