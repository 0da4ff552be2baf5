"""What every `CommitTarget` must do. A subclass gives `target` and the ways to look at and change what is behind it."""

from __future__ import annotations

from abc import ABC, abstractmethod

import pytest

from satchel.workspace.commit_target import CommitTarget, TargetFile
from satchel.workspace.errors import NotFoundError, WorkspaceError


class CommitTargetContract(ABC):
    """Subclass as `Test…`. Targets that cannot make links set `makes_links = False`."""

    makes_links = True

    @pytest.fixture
    @abstractmethod
    def target(self) -> CommitTarget:
        """An empty folder."""

    @abstractmethod
    def plant_link(self, target: CommitTarget, path: str, to: str) -> None:
        """Make a symbolic link behind the target's back, where the folder can hold one."""

    async def test_what_was_written_is_read(self, target: CommitTarget) -> None:
        await target.write("a.txt", b"one\0two", 0o755)
        found = await target.read("a.txt")
        assert found is not None
        assert (found.kind, found.data) == ("file", b"one\0two")
        assert found.mode == (0o755 if target.keeps_modes else None)

    async def test_nothing_there_reads_as_none(self, target: CommitTarget) -> None:
        for path in ("no", "no/such/thing"):
            assert await target.read(path) is None

    async def test_parents_are_made_and_show_as_directories(self, target: CommitTarget) -> None:
        await target.write("a/b/c", b"x", 0o644)
        for path in ("a", "a/b"):
            found = await target.read(path)
            assert found is not None
            assert (found.kind, found.data) == ("directory", b"")

    async def test_writing_replaces_the_whole_content(self, target: CommitTarget) -> None:
        await target.write("a", b"a long first version", 0o644)
        await target.write("a", b"short", 0o600)
        found = await target.read("a")
        assert found is not None
        assert found.data == b"short"
        if target.keeps_modes:
            assert found.mode == 0o600

    async def test_a_directory_is_never_replaced_by_a_file(self, target: CommitTarget) -> None:
        await target.write("d/file", b"x", 0o644)
        with pytest.raises(WorkspaceError):
            await target.write("d", b"y", 0o644)
        found = await target.read("d/file")
        assert found is not None
        assert found.data == b"x"

    async def test_a_file_is_no_parent(self, target: CommitTarget) -> None:
        await target.write("f", b"x", 0o644)
        with pytest.raises(WorkspaceError):
            await target.write("f/below", b"y", 0o644)
        assert await target.read("f") is not None

    async def test_remove_takes_one_file(self, target: CommitTarget) -> None:
        await target.write("d/a", b"1", 0o644)
        await target.write("d/b", b"2", 0o644)
        await target.remove("d/a")
        assert await target.read("d/a") is None
        assert await target.read("d/b") is not None

    async def test_removing_what_is_gone_says_so(self, target: CommitTarget) -> None:
        for path in ("no", "no/such"):
            with pytest.raises(NotFoundError):
                await target.remove(path)

    async def test_remove_leaves_directories_alone(self, target: CommitTarget) -> None:
        await target.write("d/a", b"1", 0o644)
        with pytest.raises(WorkspaceError):
            await target.remove("d")
        await target.remove("d/a")
        with pytest.raises(WorkspaceError):
            await target.remove("d")
        assert await target.read("d") is not None

    async def test_only_empty_directories_are_removed(self, target: CommitTarget) -> None:
        await target.write("d/e/a", b"1", 0o644)
        assert await target.remove_directory("d/e") is False
        await target.remove("d/e/a")
        assert await target.remove_directory("d") is False
        assert await target.remove_directory("d/e") is True
        assert await target.remove_directory("d") is True
        assert await target.remove_directory("d") is False
        assert await target.remove_directory("never/was") is False
        assert await target.read("d") is None

    @pytest.mark.parametrize(
        "name", ["with space", 'quote"and\\slash', "\u202eabc", "\U0001f9f3.txt", "e\u0301", "-rf", "a" * 255]
    )
    async def test_odd_names(self, target: CommitTarget, name: str) -> None:
        await target.write(f"d/{name}", b"x", 0o644)
        found = await target.read(f"d/{name}")
        assert found is not None
        assert found.data == b"x"
        await target.remove(f"d/{name}")
        assert await target.read(f"d/{name}") is None

    async def test_links(self, target: CommitTarget) -> None:
        if not self.makes_links:
            with pytest.raises(WorkspaceError):
                await target.symlink("d/link", "../a")
            assert await target.read("d/link") is None
            return
        await target.symlink("d/link", "../a")
        found = await target.read("d/link")
        assert found is not None
        assert (found.kind, found.link_target, found.data) == ("symlink", "../a", b"")
        with pytest.raises(WorkspaceError):
            await target.symlink("d/link", "elsewhere")
        with pytest.raises(WorkspaceError):
            await target.write("d/link", b"through", 0o644)
        await target.remove("d/link")
        assert await target.read("d/link") is None

    async def test_nothing_goes_through_a_link(self, target: CommitTarget) -> None:
        if not self.makes_links:
            pytest.skip("this folder holds no links")
        await target.write("real/file", b"x", 0o644)
        self.plant_link(target, "link", "real")
        for step in (
            target.read("link/file"),
            target.write("link/file", b"y", 0o644),
            target.write("link/new", b"y", 0o644),
            target.symlink("link/new", "y"),
            target.remove("link/file"),
        ):
            with pytest.raises(WorkspaceError):
                await step
        assert await target.remove_directory("link") is False
        assert await target.read("real/file") == TargetFile("file", b"x", 0o644)
        assert await target.read("real/new") is None
