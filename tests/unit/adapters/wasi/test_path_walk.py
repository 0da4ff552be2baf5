"""Lookup against the kernel's own: random trees full of links, random paths, both views.

The oracle is openat2, whose RESOLVE_IN_ROOT is the guest root's view and RESOLVE_BENEATH a confined directory's.
"""

from __future__ import annotations

import ctypes
import errno
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from satchel.adapters.server.wasi import path_walk
from satchel.adapters.server.wasi.guest_tree import GuestTree
from satchel.adapters.server.wasi.path_walk import PathWalk, Spot
from satchel.wasi.abi import Errno
from satchel.wasi.errors import WasiError, from_host

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="openat2 is Linux's")

_BENEATH, _IN_ROOT = 0x08, 0x10
_NAMES = st.sampled_from(["a", "b", "c", "workspace", "..", ".", ""])
_PATHS = st.lists(_NAMES, min_size=1, max_size=6).map("/".join)
_TREES = st.lists(
    st.tuples(st.sampled_from(["dir", "file", "link"]), _PATHS, _PATHS, st.booleans()), max_size=12
)


class _Viewer:
    pid, cwd, umask, parent_pid, program_path, argv = 1, "/", 0o022, 0, "/", ()

    def open_descriptors(self) -> list[int]:
        return []


@contextmanager
def _tree(entries: list[tuple[str, str, str, bool]]) -> Iterator[tuple[str, GuestTree]]:
    """A real directory with a `workspace` in it, and a guest tree that mounts that."""
    with TemporaryDirectory() as root:
        workspace = Path(root, "workspace")
        workspace.mkdir()
        for kind, path, target, is_absolute in entries:
            parts = [part for part in path.split("/") if part not in ("", ".", "..")]
            place = workspace.joinpath(*parts)
            if not parts or os.path.lexists(place) or not place.parent.is_dir() or place.parent.is_symlink():
                continue
            if kind == "dir":
                place.mkdir()
            elif kind == "file":
                place.touch()
            else:
                os.symlink(("/" if is_absolute else "") + (target or "."), place)
        tree = GuestTree({"/workspace": str(workspace)}, [])
        try:
            yield root, tree
        finally:
            tree.close()


def _kernel(directory: str, path: str, resolve: int) -> tuple[int, int] | str:
    """(device, inode) of what the kernel finds, or the errno's name."""
    how = (ctypes.c_uint64 * 3)(os.O_PATH | os.O_CLOEXEC, 0, resolve)
    start = os.open(directory, os.O_PATH)
    try:
        found = ctypes.CDLL(None, use_errno=True).syscall(437, start, path.encode(), how, ctypes.c_size_t(24))
        if found < 0:
            code = ctypes.get_errno()
            return "PERM" if code == errno.EXDEV else from_host(OSError(code, "")).name
        status = os.fstat(found)
        os.close(found)
        return status.st_dev, status.st_ino
    finally:
        os.close(start)


def _walked(tree: GuestTree | None, start: Spot, path: str) -> tuple[int, int] | str:
    try:
        with PathWalk(tree, _Viewer(), start, path) as walk:
            walk.follow()
            if walk.spot.node is not None:
                return "NOENT" if walk.name and walk.node is None else "tree"
            status = walk.status()
            if status is None:
                return "NOENT"
            if walk.slash and not os.path.stat.S_ISDIR(status.st_mode):  # type: ignore[attr-defined]
                return "NOTDIR"
            return status.st_dev, status.st_ino
    except WasiError as error:
        return error.code.name
    except OSError as error:
        return from_host(error).name


@pytest.fixture(params=[True, False], ids=["checks modes", "the system checks modes"])
def both_ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """As root each directory is looked at; else many are entered in one step."""
    monkeypatch.setattr(path_walk, "CHECKS_MODES", request.param)


_BOTH = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.usefixtures("both_ways")
@given(entries=_TREES, path=_PATHS, is_absolute=st.booleans())
@_BOTH
def test_the_guest_root_is_what_the_kernel_calls_in_root(
    entries: list[tuple[str, str, str, bool]], path: str, is_absolute: bool
) -> None:
    with _tree(entries) as (root, tree):
        asked = f"/workspace/{path}" if is_absolute else f"workspace/{path}"
        expected = _kernel(root, asked, _IN_ROOT)
        got = _walked(tree, Spot("/", -1, tree.root), asked)
        here = os.stat(root)
        assert got == ("tree" if expected == (here.st_dev, here.st_ino) else expected)


@pytest.mark.usefixtures("both_ways")
@given(entries=_TREES, path=_PATHS)
@_BOTH
def test_a_confined_directory_is_what_the_kernel_calls_beneath(
    entries: list[tuple[str, str, str, bool]], path: str
) -> None:
    with _tree(entries) as (root, _):
        workspace = f"{root}/workspace"
        asked = path or "."
        host = os.open(workspace, os.O_PATH)
        try:
            got = _walked(None, Spot("/", host, None), asked)
        finally:
            os.close(host)
        assert got == _kernel(workspace, asked, _BENEATH)


@pytest.mark.usefixtures("both_ways")
@pytest.mark.parametrize(
    "path", ["a/l/f", "a/l/f/", "a/l/l/f", "a/b/l/f", "a/o/f", "a/o/o", "a/f/f/f", "a/d/f"]
)
def test_a_link_between_directories_is_followed_as_the_kernel_does(path: str) -> None:
    entries = [("dir", "a", "", False), ("dir", "a/b", "", False), ("file", "a/b/f", "", False)]
    entries += [("file", "a/f", "", False), ("link", "a/l", "b", False), ("link", "a/b/l", "../b", False)]
    entries += [("link", "a/o", "o", False), ("link", "a/d", "none", False)]
    with _tree(entries) as (root, _):
        workspace = f"{root}/workspace"
        host = os.open(workspace, os.O_PATH)
        try:
            got = _walked(None, Spot("/", host, None), path)
        finally:
            os.close(host)
        assert got == _kernel(workspace, path, _BENEATH)


def test_no_descriptor_is_left_open_by_lookups() -> None:
    entries = [("dir", "a", "", False), ("dir", "a/b", "", False), ("link", "c", "a/b/../../a", False)]
    with _tree(entries) as (_, tree):
        before = len(os.listdir("/proc/self/fd"))
        for path in (
            "workspace/c/b/..",
            "workspace/c/nothing/x",
            "workspace/a/b/../../c/../..",
            "workspace/c/c/c",
        ):
            _walked(tree, Spot("/", -1, tree.root), path)
        assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.usefixtures("both_ways")
def test_a_directory_that_is_swapped_for_a_link_leads_nowhere_else(tmp_path: Path) -> None:
    """One thread turns `d` into a link to a secret and back as fast as it can; no lookup ever gets there."""
    workspace = tmp_path / "workspace"
    (workspace / "d/e").mkdir(parents=True)
    secret = tmp_path / "secret"
    (secret / "e").mkdir(parents=True)
    (secret / "e/f").write_text("secret")
    tree = GuestTree({"/workspace": str(workspace)}, [])
    is_over = threading.Event()

    def swap() -> None:
        while not is_over.is_set():
            os.rename(workspace / "d", workspace / "kept")
            os.symlink(secret, workspace / "d")
            os.unlink(workspace / "d")
            os.rename(workspace / "kept", workspace / "d")

    swapper = threading.Thread(target=swap)
    swapper.start()
    try:
        wanted = (secret / "e/f").stat()
        for _ in range(3000):
            found = _walked(tree, Spot("/", -1, tree.root), "workspace/d/e/f")
            assert found != (wanted.st_dev, wanted.st_ino)
    finally:
        is_over.set()
        swapper.join()
        tree.close()


def test_a_directory_moved_out_of_the_project_has_no_parent(tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    (workspace / "d").mkdir(parents=True)
    tree = GuestTree({"/workspace": str(workspace)}, [])
    host = os.open(workspace / "d", os.O_PATH)
    try:
        os.rename(workspace / "d", tmp_path / "outside")
        assert _walked(tree, Spot("/workspace/d", host, None), "../workspace") == Errno.NOENT.name
    finally:
        os.close(host)
        tree.close()
