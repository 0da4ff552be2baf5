"""GuestFiles: what the guest may name, what it reaches, and what it never does."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from satchel.base.limits import WorkspaceLimits
from satchel.workspace import errors
from satchel.workspace.guest_files import GuestFiles

MOUNTS = {"/workspace": "workspace", "/tmp": "tmp", "/home/user": "home/user"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for directory in MOUNTS.values():
        (tmp_path / directory).mkdir(parents=True)
    return tmp_path


@pytest.fixture
def files(root: Path) -> GuestFiles:
    return GuestFiles({guest: str(root / host) for guest, host in MOUNTS.items()})


def test_reads_what_was_written(files: GuestFiles) -> None:
    files.write_bytes("/workspace/deep/er/a.txt", b"hello")
    assert files.read_bytes("deep/er/a.txt") == b"hello"
    assert files.read_bytes("/workspace/deep/er/a.txt", 1, 3) == b"ell"
    assert files.read_bytes("/workspace/deep/er/a.txt", 9) == b""
    found = files.stat("/workspace/deep/er/a.txt")
    assert (found.kind, found.size, found.mode) == ("file", 5, 0o644)


def test_write_keeps_the_mode_and_leaves_no_temporary(files: GuestFiles, root: Path) -> None:
    files.write_bytes("run.sh", b"1")
    files.set_mode("run.sh", 0o755)
    files.write_bytes("run.sh", b"2")
    assert files.stat("run.sh").mode == 0o755
    assert os.listdir(root / "workspace") == ["run.sh"]


def test_write_that_fails_leaves_the_old_content(
    files: GuestFiles, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.write_bytes("a", b"old")

    def full(descriptor: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(errors.QuotaExceededError, match="/workspace/a"):
        files.write_bytes("a", b"new")
    monkeypatch.undo()
    assert files.read_bytes("a") == b"old"
    assert os.listdir(root / "workspace") == ["a"]


def test_exclusive_write_refuses_whatever_is_there(files: GuestFiles) -> None:
    files.write_bytes("a", b"1")
    files.make_symlink("dangling", "nowhere")
    for name in ("a", "dangling"):
        with pytest.raises(errors.AlreadyExistsError):
            files.write_bytes(name, b"2", exclusive=True)
    assert files.read_bytes("a") == b"1"


def test_parents_only_when_asked(files: GuestFiles) -> None:
    with pytest.raises(errors.NotFoundError):
        files.write_bytes("no/such/file", b"", create_parents=False)
    assert not files.exists("no")


def test_file_limit() -> None:
    small = GuestFiles({"/workspace": "/nowhere"}, WorkspaceLimits(file_bytes=3))
    with pytest.raises(errors.QuotaExceededError):
        small.write_bytes("a", b"1234")


@pytest.mark.parametrize(
    ("asked", "reached"),
    [
        ("a", "/workspace/a"),
        ("./a//b/", "/workspace/a/b"),
        ("/workspace/../tmp/x", "/tmp/x"),
        ("../../../workspace/x", "/workspace/x"),
        ("missing/../x", "/workspace/x"),
        ("missing/deep/../../../tmp", "/tmp"),
        ("/", "/"),
        ("/home", "/home"),
        ("to_tmp/x", "/tmp/x"),
        ("up/x", "/tmp/x"),
        ("chain/x", "/tmp/x"),
        ("dangling", "/workspace/nowhere"),
        ("back\\slash", "/workspace/back\\slash"),
        (" spaces ", "/workspace/ spaces "),
    ],
)
def test_canonical(files: GuestFiles, asked: str, reached: str) -> None:
    files.make_symlink("to_tmp", "/tmp")
    files.make_symlink("up", "../tmp")
    files.make_symlink("chain", "to_tmp")
    files.make_symlink("dangling", "nowhere")
    assert files.canonical(asked) == reached


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../etc/passwd", "/home/other", "/workspaces", "//proc/self"]
)
def test_paths_outside_the_mounts_are_refused(files: GuestFiles, path: str) -> None:
    for action in (files.canonical, files.read_bytes, files.stat, files.list_directory):
        with pytest.raises(errors.PathEscapeError):
            action(path)
    with pytest.raises(errors.PathEscapeError):
        files.write_bytes(path, b"")
    assert not files.exists(path)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Path]:
    """A stand-in for the interpreter's library, beside the mounts on the host."""
    library = tmp_path / "lib" / "python3.14"
    library.mkdir(parents=True)
    (library / "os.py").write_bytes(b"# genuine\n")
    yield library
    assert (library / "os.py").read_bytes() == b"# genuine\n"
    assert os.listdir(library) == ["os.py"]


@pytest.mark.parametrize("form", ["absolute", "relative", "file", "nested", "planted"])
def test_link_into_the_interpreters_library_is_refused(root: Path, library: Path, form: str) -> None:
    """A link to a place of the host means a place of the guest, and there is no such place."""
    files = GuestFiles({"/workspace": str(root / "workspace")})
    targets = {
        "absolute": (str(library), "link/os.py"),
        "relative": ("../lib/python3.14", "link/os.py"),
        "file": (f"{library}/os.py", "link"),
        "nested": ("inner/../../lib/python3.14", "link/os.py"),
        "planted": ("/lib/python3.14", "link/os.py"),
    }
    target, attack = targets[form]
    (root / "workspace" / "inner").mkdir()
    os.symlink(target, root / "workspace" / "link")
    for action in (files.read_bytes, files.stat, files.canonical):
        with pytest.raises(errors.PathEscapeError):
            action(attack)
    with pytest.raises(errors.PathEscapeError):
        files.write_bytes(attack, b"# planted\n")
    with pytest.raises(errors.PathEscapeError):
        files.write_bytes("link/new.py", b"# planted\n")
    with pytest.raises(errors.PathEscapeError):
        files.set_mode(attack, 0o777)
    assert not files.exists(attack)


def test_link_swapped_in_after_the_walk_is_not_opened(
    files: GuestFiles, root: Path, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.write_bytes("a", b"x")
    genuine_open = os.open

    def swap_then_open(path: str, flags: int, mode: int = 0o777) -> int:
        if path.endswith("/a"):
            os.unlink(path)
            os.symlink(library / "os.py", path)
        return genuine_open(path, flags, mode)

    monkeypatch.setattr(os, "open", swap_then_open)
    with pytest.raises(errors.SymlinkLoopError):
        files.read_bytes("a")


def test_loops_end(files: GuestFiles) -> None:
    files.make_symlink("a", "b")
    files.make_symlink("b", "a")
    files.make_symlink("self", "self/self")
    for path in ("a", "b/x", "self"):
        with pytest.raises(errors.SymlinkLoopError):
            files.read_bytes(path)


def test_forty_links_in_a_row_are_followed(files: GuestFiles) -> None:
    files.write_bytes("link0", b"end")
    for number in range(1, 42):
        files.make_symlink(f"link{number}", f"link{number - 1}")
    assert files.read_bytes("link40") == b"end"
    with pytest.raises(errors.SymlinkLoopError):
        files.read_bytes("link41")


def test_writes_go_through_links_inside_the_mounts(files: GuestFiles) -> None:
    files.write_bytes("/tmp/real", b"1")
    files.make_symlink("link", "/tmp/real")
    files.write_bytes("link", b"2")
    assert files.read_bytes("/tmp/real") == b"2"
    assert files.stat("link", follow=False).kind == "symlink"
    assert files.read_link("link") == "/tmp/real"


@pytest.mark.host_only("the browser has no FIFOs")
def test_fifo_is_refused_and_not_waited_for(files: GuestFiles, root: Path) -> None:
    os.mkfifo(root / "workspace" / "pipe")
    assert files.stat("pipe").kind == "other"
    with pytest.raises(errors.NotAFileError):
        files.read_bytes("pipe")
    with pytest.raises(errors.NotAFileError):
        files.write_bytes("pipe", b"x")


def test_trailing_slash_asks_for_a_directory(files: GuestFiles) -> None:
    files.write_bytes("file", b"x")
    for path in ("file/", "file/.", "file/..", "file/x"):
        with pytest.raises(errors.DirectoryExpectedError):
            files.read_bytes(path)
    with pytest.raises(errors.NotAFileError):
        files.write_bytes("new/", b"x")
    assert not files.exists("new")


def test_modes_are_not_bent_by_the_umask(files: GuestFiles, root: Path) -> None:
    before = os.umask(0o077)
    try:
        files.write_bytes("d/f", b"")
    finally:
        os.umask(before)
    assert stat.S_IMODE((root / "workspace/d").stat().st_mode) == 0o755
    assert stat.S_IMODE((root / "workspace/d/f").stat().st_mode) == 0o644
