"""Which paths below a root a file name pattern selects, and where looking for them is worth while."""

from __future__ import annotations

from dataclasses import dataclass

from satchel.tools.glob_pattern import GlobPattern, split_literal_directory
from satchel.workspace.guest_files import GuestFiles


@dataclass(frozen=True, slots=True)
class PathSelection:
    """Made by `select_paths`. `base` is the canonical directory to search, and may be missing."""

    base: str
    directories_only: bool
    _pattern: GlobPattern
    _depth: int | None
    _by_name: bool

    def enters(self, directory: str) -> bool:
        """Whether anything below this absolute path can be selected."""
        return self._depth is None or self._relative(directory).count("/") + 1 <= self._depth

    def selects(self, path: str) -> bool:
        """Whether the pattern selects this absolute path."""
        relative = path.rpartition("/")[2] if self._by_name else self._relative(path)
        return self._pattern.matches(relative)

    def _relative(self, path: str) -> str:
        return path[len(self.base.rstrip("/")) + 1 :]


def select_paths(files: GuestFiles, root: str, pattern: str, *, bare_names_anywhere: bool) -> PathSelection:
    """The selection of `pattern` below the directory `root`.

    An absolute pattern does not look at `root`.

    With `bare_names_anywhere` a pattern without a slash is compared with the last component of a path at
    any depth, otherwise it selects among the entries of `root` itself. A final slash selects directories.
    Raises InputError for an unusable pattern, WorkspaceError where its directory leads out of what can be
    reached.
    """
    while pattern.startswith("./"):
        pattern = pattern[2:]
    directories_only = pattern.endswith("/") and pattern != "/"
    pattern = pattern.rstrip("/") if directories_only else pattern
    if "/" not in pattern and bare_names_anywhere:
        return PathSelection(files.canonical(root), directories_only, GlobPattern(pattern), None, True)
    directory, rest = split_literal_directory(pattern)
    base = directory if directory.startswith("/") else f"{root}/{directory}"
    depth = None if "**" in rest else rest.count("/")
    return PathSelection(files.canonical(base), directories_only, GlobPattern(rest), depth, False)
