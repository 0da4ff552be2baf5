"""Looking a verdict up in an `AccessTable`, for hosts that do it in Python."""

from __future__ import annotations

from typing import Final, Literal

from satchel.runtime.process import AccessRule, AccessTable, Verdict

_NOTHING: Final = AccessRule("/", "deny", "deny")
_MOST_KNOWN: Final = 4096
_STRICTNESS: Final[dict[Verdict, int]] = {"allow": 0, "ask": 1, "deny": 2}


class AccessLookup:
    """The rules of one table, ready to be asked often. What no rule speaks of is denied."""

    def __init__(self, table: AccessTable) -> None:
        self.table = table
        self._exact = {rule.prefix: rule for rule in table.rules if not rule.below}
        self._below = {rule.prefix: rule for rule in table.rules if rule.below}
        self._known: dict[str, AccessRule] = {}
        root = self._below.get("/")
        self.allows_all = (
            len(table.rules) == 1 and root is not None and (root.read, root.write) == ("allow", "allow")
        )

    def verdict(self, kind: Literal["read", "write"], path: str, *, whole: bool = False) -> Verdict:
        """What the table says about a canonical guest path; with `whole` the strictest of what it says about
        all below."""
        rule = self._exact.get(path) or self._longest(path)
        if not whole:
            return _of(rule, kind)
        inside = f"{path.rstrip('/')}/"
        # A rule about the path alone leaves what is below as it is.
        rules = [
            rule,
            self._longest(path),
            *(one for one in self.table.rules if one.prefix.startswith(inside)),
        ]
        return max((_of(one, kind) for one in rules), key=_STRICTNESS.__getitem__)

    def _longest(self, path: str) -> AccessRule:
        if known := self._known.get(path):
            return known
        prefix = path
        while prefix and prefix not in self._below:
            prefix = prefix.rpartition("/")[0]
        rule = self._below.get(prefix or "/", _NOTHING)
        if len(self._known) < _MOST_KNOWN:
            self._known[path] = rule
        return rule


def _of(rule: AccessRule, kind: Literal["read", "write"]) -> Verdict:
    return rule.read if kind == "read" else rule.write
