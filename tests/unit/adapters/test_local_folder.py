"""The user's real folder: what a commit may write, and that no link leads it astray."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from satchel.adapters.server.local_folder import LocalFolderSource, LocalFolderTarget
from satchel.workspace.errors import NotFoundError, WorkspaceError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "real"
    (made / "src").mkdir(parents=True)
    (made / "src" / "a.py").write_bytes(b"a = 1\n")
    (made / "src" / "a.py").chmod(0o750)
    return made


async def test_write_replaces_content_and_mode_and_leaves_nothing_beside_it(folder: Path) -> None:
    await LocalFolderTarget(folder).write("src/a.py", b"a = 2\n", 0o644)
    assert (folder / "src/a.py").read_bytes() == b"a = 2\n"
    assert (folder / "src/a.py").stat().st_mode & 0o777 == 0o644
    assert os.listdir(folder / "src") == ["a.py"]


async def test_write_makes_missing_parents(folder: Path) -> None:
    await LocalFolderTarget(folder).write("new/deep/b", b"x", 0o600)
    assert (folder / "new/deep/b").read_bytes() == b"x"


async def test_nothing_is_written_through_a_linked_directory(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (folder / "link").symlink_to(outside)
    with pytest.raises(WorkspaceError, match="symbolic link"):
        await LocalFolderTarget(folder).write("link/evil", b"x", 0o644)
    assert os.listdir(outside) == []


async def test_nothing_is_written_over_a_link(folder: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"mine")
    (folder / "link").symlink_to(victim)
    with pytest.raises(WorkspaceError, match="not a regular file"):
        await LocalFolderTarget(folder).write("link", b"x", 0o644)
    assert victim.read_bytes() == b"mine"


async def test_a_failed_write_leaves_the_old_file_and_no_draft(folder: Path) -> None:
    with pytest.raises(TypeError):
        await LocalFolderTarget(folder).write("src/a.py", "text, not bytes", 0o644)  # type: ignore[arg-type]
    assert (folder / "src/a.py").read_bytes() == b"a = 1\n"
    assert os.listdir(folder / "src") == ["a.py"]


async def test_read_tells_what_is_there(folder: Path) -> None:
    (folder / "link").symlink_to("src/a.py")
    target = LocalFolderTarget(folder)
    found, link, directory = [await target.read(path) for path in ("src/a.py", "link", "src")]
    assert found is not None and (found.kind, found.data, found.mode) == ("file", b"a = 1\n", 0o750)
    assert link is not None and (link.kind, link.link_target, link.data) == ("symlink", "src/a.py", b"")
    assert directory is not None and directory.kind == "directory"
    assert await target.read("missing") is None
    assert await target.read("missing/deeper") is None


async def test_remove_takes_files_and_reports_missing_ones(folder: Path) -> None:
    target = LocalFolderTarget(folder)
    await target.remove("src/a.py")
    with pytest.raises(NotFoundError):
        await target.remove("src/a.py")
    assert await target.remove_directory("src") is True
    assert await target.remove_directory("src") is False
    assert not (folder / "src").exists()


async def test_a_directory_that_holds_something_stays(folder: Path) -> None:
    assert await LocalFolderTarget(folder).remove_directory("src") is False
    assert (folder / "src/a.py").exists()


async def test_source_lists_kinds_and_copies_bytes_modes_and_times(folder: Path, tmp_path: Path) -> None:
    (folder / "link").symlink_to("src/a.py")
    os.mkfifo(folder / "pipe")
    os.utime(folder / "src/a.py", ns=(1_700_000_000_123_456_789, 1_700_000_000_123_456_789))
    source = LocalFolderSource(folder)
    entries = {entry.name: entry for entry in await source.list_directory("")}
    assert sorted(entries) == ["link", "src"]
    assert entries["link"].link_target == "src/a.py"
    destination = tmp_path / "shadow"
    (destination / "src").mkdir(parents=True)
    copied, refused = await source.copy_into(["src/a.py", "src/gone"], str(destination))
    copy = destination / "src/a.py"
    assert copy.read_bytes() == b"a = 1\n"
    assert copy.stat().st_mode & 0o777 == 0o750
    assert copy.stat().st_mtime_ns == 1_700_000_000_123_456_789 == copied.mtime_ns
    assert copied.error is None
    assert refused.error is not None and not (destination / "src/gone").exists()


async def test_source_does_not_read_through_a_link(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"s")
    (folder / "link").symlink_to(tmp_path / "secret")
    (copied,) = await LocalFolderSource(folder).copy_into(["link"], str(tmp_path))
    assert copied.error is not None
