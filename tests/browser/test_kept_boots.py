"""The browser engine of the command line boots Python once for a build; later runs begin with the snapshot of it.

A plain boot always stores a new file, or tries to, so a directory in which nothing happens tells that there was none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from satchel.runtime import probe_modules
from tests.browser.command_line import Machine

pytestmark = pytest.mark.browser

_HEADER = 40  # Magic and digest, as in worker/boot/snapshot.js.


@pytest.fixture(scope="module")
def machine(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """One machine for all tests here; it has not run anything yet when the first begins."""
    folder = tmp_path_factory.mktemp("machine")
    return Machine(site, folder, folder / "state")


def status(machine: Machine, code: int = 7) -> int:
    """Run a module in the browser that exits with this status."""
    module = machine.module(f"exits{code}", probe_modules.exits(code))
    return machine.satchel("wasi", "--engine", "browser", "--", module).returncode


def kept(machine: Machine) -> list[Path]:
    """Everything in the directory of the snapshots."""
    return sorted((machine.state / "boot-snapshots").glob("*"))


def whole_one(machine: Machine) -> Path:
    """The one snapshot there is, made by a run if there is none. It is for this build, private, and not damaged."""
    if not kept(machine):
        assert status(machine) == 7
    (path,) = kept(machine)
    data = path.read_bytes()
    assert data[:8] == b"SATSNAP1"
    assert data[8:_HEADER] == hashlib.sha256(data[_HEADER:]).digest()
    manifest = json.loads((Path(machine.environment["SATCHEL_SITE"]) / "build-manifest.json").read_text())
    assert path.name.startswith(manifest["id"] + "-")
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    return path


@pytest.mark.family("boots of the browser engine", 1)
def test_two_first_runs_at_once_leave_one_whole_snapshot(machine: Machine) -> None:
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lambda code: status(machine, code), (1, 2))) == [1, 2]
    whole_one(machine)


def test_later_runs_boot_from_the_snapshot_side_by_side_too(machine: Machine) -> None:
    assert status(machine) == 7
    before = whole_one(machine).stat()
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lambda code: status(machine, code), (1, 2))) == [1, 2]
    after = whole_one(machine).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def _flipped(data: bytearray) -> None:
    data[len(data) // 2] ^= 1


def _truncated(data: bytearray) -> None:
    del data[len(data) // 2 :]


def _foreign(data: bytearray) -> None:
    """The digest is right, the memory is another program's."""
    data[_HEADER:] = bytes([7]) * (len(data) - _HEADER)
    data[8:_HEADER] = hashlib.sha256(data[_HEADER:]).digest()


@pytest.mark.family("boots of the browser engine", 1)
@pytest.mark.parametrize("damage", [_flipped, _truncated, _foreign])
def test_a_bad_snapshot_is_replaced_by_a_plain_boot(
    machine: Machine, damage: Callable[[bytearray], None]
) -> None:
    path = whole_one(machine)
    before = path.stat()
    data = bytearray(path.read_bytes())
    damage(data)
    path.write_bytes(data)
    path.with_name("0" * 32 + "-jspi.bin").write_bytes(b"another build's")
    assert status(machine) == 7
    after = whole_one(machine).stat()
    assert after.st_size == before.st_size
    assert (after.st_ino, after.st_mtime_ns) != (before.st_ino, before.st_mtime_ns)


@pytest.mark.family("boots of the browser engine", 1)
def test_where_nothing_can_be_kept_every_run_boots_plainly(machine: Machine, tmp_path: Path) -> None:
    site, state = Path(machine.environment["SATCHEL_SITE"]), tmp_path / "state"
    taken = state / "boot-snapshots" / whole_one(machine).name / "taken"
    taken.mkdir(parents=True)  # The snapshot's name is a directory's, so a whole file cannot get its name.
    before = taken.parents[1].stat().st_mtime_ns
    for _ in range(2):
        assert status(Machine(site, machine.folder, state)) == 7
        after = taken.parents[1].stat().st_mtime_ns
        assert after != before, "a plain boot brought its snapshot"
        before = after
    assert set(state.rglob("*")) == {taken.parents[1], taken.parent, taken}, "and nothing of it is left"
