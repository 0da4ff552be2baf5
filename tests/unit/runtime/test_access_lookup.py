"""Looking verdicts up in a table."""

from __future__ import annotations

import pytest

from satchel.runtime.access_lookup import AccessLookup
from satchel.runtime.process import AccessRule, AccessTable

_TABLE = AccessTable(
    (
        AccessRule("/", "allow", "ask"),
        AccessRule("/workspace", "allow", "allow"),
        AccessRule("/workspace/secret", "deny", "deny"),
        AccessRule("/workspace/secret/open", "allow", "deny"),
        AccessRule("/home", "deny", "ask", below=False),
    )
)


@pytest.mark.parametrize(
    ("path", "read", "write"),
    [
        ("/", "allow", "ask"),
        ("/tmp/x", "allow", "ask"),
        ("/workspace", "allow", "allow"),
        ("/workspace/a/b", "allow", "allow"),
        ("/workspaces", "allow", "ask"),
        ("/workspace/secret", "deny", "deny"),
        ("/workspace/secret/x", "deny", "deny"),
        ("/workspace/secrets", "allow", "allow"),
        ("/workspace/secret/open/x", "allow", "deny"),
        ("/home", "deny", "ask"),
        ("/home/user", "allow", "ask"),
    ],
)
def test_the_longest_prefix_by_whole_components_decides(path: str, read: str, write: str) -> None:
    lookup = AccessLookup(_TABLE)
    for _ in range(2):
        assert (lookup.verdict("read", path), lookup.verdict("write", path)) == (read, write)


@pytest.mark.parametrize(
    ("path", "read"),
    [
        ("/workspace", "deny"),
        ("/workspace/a", "allow"),
        ("/workspace/secret/open", "allow"),
        ("/", "deny"),
        ("/home", "deny"),
    ],
)
def test_of_a_whole_tree_the_strictest_counts(path: str, read: str) -> None:
    assert AccessLookup(_TABLE).verdict("read", path, whole=True) == read


def test_a_rule_about_one_place_does_not_open_what_is_below_it() -> None:
    rules = (AccessRule("/", "ask", "ask"), AccessRule("/workspace/docs", "allow", "allow", below=False))
    lookup = AccessLookup(AccessTable(rules))
    assert lookup.verdict("read", "/workspace/docs") == "allow"
    assert lookup.verdict("read", "/workspace/docs", whole=True) == "ask"


def test_what_no_rule_speaks_of_is_denied() -> None:
    lookup = AccessLookup(AccessTable((AccessRule("/workspace", "allow", "allow"),)))
    assert lookup.verdict("read", "/tmp") == "deny"
    assert not lookup.allows_all


def test_a_table_that_allows_everything_is_known_as_such() -> None:
    assert AccessLookup(AccessTable()).allows_all
    assert not AccessLookup(_TABLE).allows_all
