"""What came of a case, and what is wrong with it."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.conformance.wasi.case_files import Case
from tests.conformance.wasi.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Outcome:
    """One run of a program. `after` has the content of each file that was asked for, None where none is; `manifest` is
    the whole workspace; `left` is what the host still had in use, `error` why the program could not be started."""

    stdout: bytes = b""
    stderr: bytes = b""
    code: int = -1
    signal: int = 0
    cause: str = ""
    detail: str = ""
    after: Mapping[str, bytes | None] = field(default_factory=dict)
    manifest: Manifest = field(default_factory=dict)
    left: Mapping[str, int] = field(default_factory=dict)
    error: str = ""


def problems(case: Case, outcome: Outcome) -> str:
    """How the outcome differs from what the case says, as text; empty when it does not."""
    if outcome.error:
        return f"not started: {outcome.error}"
    found = []
    if case.stdout_bytes is None and outcome.stdout != case.stdout:
        found += _difference(case, outcome)
    if case.stdout_bytes is not None and len(outcome.stdout) != case.stdout_bytes:
        found.append(f"{len(outcome.stdout)} bytes on stdout, {case.stdout_bytes} expected")
    if outcome.stderr != case.stderr:
        found.append(f"stderr {outcome.stderr!r}, expected {case.stderr!r}")
    ends = (outcome.code, outcome.signal, outcome.cause)
    if ends != (case.code, case.signal, case.cause):
        found.append(
            f"ended {ends}, expected {(case.code, case.signal, case.cause)} {outcome.detail}".rstrip()
        )
    for entry in case.after:
        wanted = None if entry.kind == "absent" else entry.content
        if outcome.after.get(entry.path) != wanted:
            found.append(f"after: {entry.path} is {outcome.after.get(entry.path)!r}, expected {wanted!r}")
    if case.manifest is not None:
        found += changes(outcome.manifest, case.manifest, "expected")
    if any(outcome.left.values()):
        found.append(f"left behind: {dict(outcome.left)}")
    return "\n".join(found)


def changes(here: Manifest, there: Manifest, name: str) -> list[str]:
    """Each path at which two manifests differ, and how; `name` is what the second is called."""
    paths = sorted(path for path in here.keys() | there.keys() if here.get(path) != there.get(path))
    return [f"{path}: {_shown(here.get(path))}, {name} {_shown(there.get(path))}" for path in paths]


def _shown(found: tuple[str, int, bytes] | None) -> str:
    if found is None:
        return "nothing"
    kind, mode, content = found
    return f"{kind} {mode:o} {content[:200]!r}" + f" ... ({len(content)} bytes)" * (len(content) > 200)


def _difference(case: Case, outcome: Outcome) -> list[str]:
    """Line by line, each with the call that made it where the script says which that is."""
    wanted = case.stdout.decode("utf-8", "backslashreplace").splitlines()
    got = outcome.stdout.decode("utf-8", "backslashreplace").splitlines()
    calls = [line for line in case.argv[1].splitlines() if not line.startswith(("let ", "quiet "))]
    if case.program != "calls" or len(calls) != len(wanted):
        return list(difflib.unified_diff(wanted, got, "expected", "got", lineterm=""))
    found = []
    for index, call in enumerate(calls):
        have = got[index] if index < len(got) else "(nothing)"
        if have != wanted[index]:
            found.append(f"{call}\n    {have}\n    expected {wanted[index]}")
    return [*found, *got[len(calls) :]]
