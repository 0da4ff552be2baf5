"""The policy and the grants of a session as data: the table in which a host looks up what a guest may do.

Compiled at spawn and anew after every change of the grants; the host looks up and asks Python only where the table
says so (`ask`). Every cell is what the gate itself says about a probe of that region, so the table cannot drift from
it; `decide_access` is the same decision without a table, and a generated test holds both equal.

Places that hold nothing of the user's (installed commands, /etc, /dev, /proc, the directories above the mounts) are
open to every program unless a rule of the policy denies them; what cannot be written there, their mounts refuse.

The network is closed to programs.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias

from satchel.permission.gate import Allow, Ask, Decision, Deny, Gate
from satchel.permission.grant import EVERYTHING, Grant
from satchel.permission.policy import Rule
from satchel.permission.request import Capability, PermissionRequest
from satchel.runtime.process import AccessRule, AccessTable, Verdict

FileAccess: TypeAlias = Literal["read", "write"]

_OPEN_TREES = ("/bin", "/dev", "/etc", "/proc", "/usr")
_OPEN_PLACES = ("/", "/home")
_BELOW = "/**"
# No scope that a person writes ends like this, so it stands for "something that no rule names".
_UNNAMED = "\0"


def compile_access(gate: Gate, run_grants: Iterable[Grant] = (), generation: int = 0) -> AccessTable:
    """The table of a process: the gate as it stands, with the answers that hold for this one run put over it."""
    answers = tuple(run_grants)
    scopes = _scopes(gate, answers)
    trees = {"/", *_OPEN_TREES} | {
        scope.removesuffix(_BELOW) or "/" for scope in scopes if scope.endswith(_BELOW)
    }
    places = set(_OPEN_PLACES) | {scope for scope in scopes if not scope.endswith(_BELOW)}
    rules = [_rule(gate, answers, place, below=True) for place in sorted(trees) if _is_canonical(place)]
    rules += [_rule(gate, answers, place, below=False) for place in sorted(places) if _is_canonical(place)]
    return AccessTable(tuple(rules), _exec_verdict(gate, answers), "deny", generation)


def decide_access(gate: Gate, run_grants: Iterable[Grant], access: FileAccess, path: str) -> Verdict:
    """What a program may do with a canonical guest path."""
    request = PermissionRequest(Capability(access), path, "")
    return _verdict(decide_run(gate, run_grants, request), is_open=_is_open(path))


def decide_run(gate: Gate, run_grants: Iterable[Grant], request: PermissionRequest) -> Decision:
    """What the gate says, and where it would ask, what was answered for this run. A refusal wins."""
    decision = gate.decide(request)
    if not isinstance(decision, Ask):
        return decision
    answers = [grant.allowed for grant in run_grants if grant.covers(request)]
    if not answers:
        return decision
    return Allow("grant", "once") if all(answers) else Deny("user", "The user has just refused this.")


def _verdict(decision: Decision, *, is_open: bool) -> Verdict:
    match decision:
        case Deny(by="policy"):
            return "deny"
        case _ if is_open:
            return "allow"
        case Deny():
            return "deny"
        case Allow():
            return "allow"
        case Ask():
            return "ask"


def _rule(gate: Gate, answers: tuple[Grant, ...], place: str, *, below: bool) -> AccessRule:
    probe = f"{place.rstrip('/')}/{_UNNAMED}" if below else place
    return AccessRule(
        place,
        decide_access(gate, answers, "read", probe),
        decide_access(gate, answers, "write", probe),
        below,
    )


def _exec_verdict(gate: Gate, answers: tuple[Grant, ...]) -> Verdict:
    """One verdict for every program; where rules speak about single ones the gate is asked each time."""
    if any(scope != EVERYTHING for scope in _all_scopes(gate, answers, {Capability.EXEC})):
        return "ask"
    request = PermissionRequest(Capability.EXEC, _UNNAMED, "")
    return _verdict(decide_run(gate, answers, request), is_open=False)


def _scopes(gate: Gate, answers: tuple[Grant, ...]) -> set[str]:
    return _all_scopes(gate, answers, {Capability.READ, Capability.WRITE}) - {EVERYTHING}


def _all_scopes(gate: Gate, answers: tuple[Grant, ...], capabilities: set[Capability]) -> set[str]:
    spoken: tuple[Rule | Grant, ...] = (*gate.policy.rules, *gate.grants(), *answers)
    return {one.scope for one in spoken if one.capability in capabilities}


def _is_canonical(path: str) -> bool:
    """Whether a guest path can be this; a scope that is not so covers nothing a guest names."""
    return path == "/" or (
        path.startswith("/") and not any(part in ("", ".", "..") for part in path[1:].split("/"))
    )


def _is_open(path: str) -> bool:
    return path in _OPEN_PLACES or any(path == tree or path.startswith(f"{tree}/") for tree in _OPEN_TREES)
