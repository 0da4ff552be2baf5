"""One policy, four answers: the gate, the table that Python compiles from it, and the two hosts that look it up.

The server asks `AccessLookup`, the tab `worker/process/access_table.js`, which runs here under Node on the table as it
crosses to the tab. Where a call touches a directory with all that lies below it, the strictest answer counts.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from satchel.permission.gate import Gate
from satchel.permission.grant import Grant
from satchel.permission.policy import Policy, Rule
from satchel.permission.request import Capability
from satchel.runtime.access_lookup import AccessLookup
from satchel.runtime.access_policy import compile_access, decide_access
from satchel.runtime.process import AccessTable

pytestmark = pytest.mark.host_only("asks the server's code and, under Node, the tab's")

Ask: TypeAlias = Callable[[AccessTable, list[tuple[str, str, bool]]], dict[str, Any]]

STRICTNESS = ["allow", "ask", "deny"]
# Names that end alike, look like parts of each other, or mean something to an object or a pattern.
_NAMES = st.sampled_from(
    [
        "a",
        "b",
        "ab",
        ".git",
        "workspace",
        "etc",
        "usr",
        "bin",
        "home",
        "ü",
        "\U0001f9f3",
        "__proto__",
        " ",
        "*",
    ]
)
_PATHS = st.lists(_NAMES, max_size=4).map(lambda names: "/" + "/".join(names))
_ODD_SCOPES = st.sampled_from(["", "a/b", "/a/", "/a/../b/**", "//a", "/**", "/a/./b", "**", "/workspace/*"])
_SCOPES = st.one_of(st.just("*"), _PATHS, _PATHS.map(lambda path: f"{path.rstrip('/')}/**"), _ODD_SCOPES)
_FILES = st.sampled_from([Capability.READ, Capability.WRITE])
_RULES = st.lists(st.builds(Rule, st.sampled_from(["allow", "deny"]), _FILES, _SCOPES), max_size=5)
_GRANTS = st.lists(st.builds(Grant, _FILES, _SCOPES, st.just("session"), st.booleans()), max_size=3)


@pytest.fixture(scope="module")
def ask_tab() -> Iterator[Ask]:
    """Has the tab's code answer."""
    script = Path(__file__).with_name("access_verdicts.mjs")
    with subprocess.Popen(
        ["node", str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as node:
        assert node.stdin is not None and node.stdout is not None
        asked, answered = node.stdin, node.stdout

        def ask(table: AccessTable, questions: list[tuple[str, str, bool]]) -> dict[str, Any]:
            print(json.dumps([table.as_json(), questions]), file=asked, flush=True)
            return dict(json.loads(answered.readline()))

        yield ask
        node.stdin.close()
        assert node.wait(10) == 0


@given(_RULES, _GRANTS, _GRANTS, st.lists(_PATHS, min_size=1, max_size=8))
@example([], [], [], ["/", "/workspace", "/usr/bin/ls"])
@example(
    [], [Grant(Capability.READ, "*", "session"), Grant(Capability.WRITE, "*", "session")], [], ["/", "/a"]
)
def test_the_gate_its_table_and_both_hosts_say_the_same(
    ask_tab: Ask, rules: list[Rule], grants: list[Grant], answers: list[Grant], paths: list[str]
) -> None:
    gate = Gate(Policy(tuple(rules)), grants)
    table = compile_access(gate, answers)
    server = AccessLookup(table)
    questions = [
        (kind, path, whole) for kind in ("read", "write") for path in paths for whole in (False, True)
    ]
    tab = ask_tab(table, questions)
    assert tab["verdicts"][len(questions) :] == tab["verdicts"][: len(questions)]
    for (kind, path, whole), verdict in zip(questions, tab["verdicts"], strict=False):
        access: Any = kind
        assert verdict == server.verdict(access, path, whole=whole), (kind, path, whole)
        if not whole:
            assert verdict == decide_access(gate, answers, access, path), (kind, path)
            continue
        inside = [one for one in paths if one == path or one.startswith(f"{path.rstrip('/')}/")]
        least = max(STRICTNESS.index(decide_access(gate, answers, access, one)) for one in inside)
        assert STRICTNESS.index(verdict) >= least, (kind, path)
    assert (tab["exec"], tab["net"]) == (table.exec, table.net)


@pytest.mark.parametrize(("verdict", "rule"), [("allow", "allow"), ("deny", "deny")])
def test_programs_are_judged_alike(ask_tab: Ask, verdict: str, rule: Any) -> None:
    table = compile_access(Gate(Policy((Rule(rule, Capability.EXEC),))))
    assert ask_tab(table, [])["exec"] == table.exec == verdict
