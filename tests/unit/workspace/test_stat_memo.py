"""The memo of unchanged files: trusted only where the clock of the file system can be trusted."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from satchel.workspace.stat_memo import CLOCK_TICK_NS, StatMemo
from tests.unit.workspace.projects import sha256


def test_a_fresh_file_is_read_again_under_an_equal_status(tmp_path: Path) -> None:
    """Two writes within one tick leave the same times, size and inode: the status cannot tell them apart."""
    file = tmp_path / "f"
    file.write_bytes(b"1")
    status = os.lstat(file)
    memo = StatMemo()
    memo.state("f", str(file), status)
    file.write_bytes(b"2")
    state = memo.state("f", str(file), status)
    assert state is not None
    assert state.sha256 == sha256(b"2")


def test_an_old_file_is_trusted_and_the_memo_survives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "f"
    file.write_bytes(b"1")
    status = os.lstat(file)
    later = time.time_ns() + 2 * CLOCK_TICK_NS
    monkeypatch.setattr(time, "time_ns", lambda: later)
    memo = StatMemo()
    first = memo.state("f", str(file), status)
    memo.save(str(tmp_path / "memo"))
    file.unlink()
    assert StatMemo.load(str(tmp_path / "memo")).state("f", str(file), status) == first


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"[]", b'{"v":1,"files":[1]}', b'{"v":2}', b'{"v":1,"files":[["a"]]}']
)
def test_a_damaged_memo_is_forgotten(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "memo").write_bytes(damage)
    (tmp_path / "f").write_bytes(b"x")
    memo = StatMemo.load(str(tmp_path / "memo"))
    state = memo.state("f", str(tmp_path / "f"), os.lstat(tmp_path / "f"))
    assert state is not None
    assert state.sha256 == sha256(b"x")
