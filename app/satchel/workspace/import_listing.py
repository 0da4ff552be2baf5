"""The first half of an import: walk the source and decide about every path.

Reads nothing but `.gitignore` files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress

from satchel.base.checkpoint import Checkpoint
from satchel.base.limits import WorkspaceLimits
from satchel.workspace.errors import NameInvalidError, WorkspaceError
from satchel.workspace.gitignore import Gitignore
from satchel.workspace.guest_path import byte_order, check_name, path_bytes, shown
from satchel.workspace.import_plan import (
    SHOWN_PATHS,
    IgnoredGroup,
    ImportListener,
    ImportOptions,
    ImportPlan,
    ImportProgress,
    LeftOut,
    PlannedEntry,
)
from satchel.workspace.import_source import ImportSource, RefusesEntries, SourceEntry

_GUEST_PREFIX_BYTES = len("/workspace/")
_MIB = 1 << 20


class ImportListing:
    """One walk over a source."""

    def __init__(
        self,
        source: ImportSource,
        options: ImportOptions,
        limits: WorkspaceLimits,
        checkpoint: Checkpoint,
        progress: ImportListener,
    ) -> None:
        self._source = source
        self._options = options
        self._limits = limits
        self._checkpoint = checkpoint
        self._progress = progress
        self._entries: list[PlannedEntry] = []
        self._files = 0
        self._bytes = 0
        self._ignored: list[LeftOut] = []
        self._ignored_by: Counter[str] = Counter()
        self._too_big: list[LeftOut] = []
        self._refused: list[LeftOut] = []
        self._warnings: list[str] = []

    async def run(self) -> ImportPlan:
        """Walk it all, or until there are more files than a workspace may hold."""
        if isinstance(self._source, RefusesEntries):
            self._refused.extend(LeftOut(path, reason) for path, reason in self._source.refused)
        pending: list[tuple[str, Gitignore]] = [("", await self._root_rules())]
        while pending and self._files <= self._limits.files:
            directory, above = pending.pop()
            await self._checkpoint.breathe()
            self._progress(ImportProgress("listing", self._files, None, self._bytes, directory))
            entries = await self._list(directory)
            rules = await self._rules_in(directory, above, entries)
            inside = [self._take(directory, entry, rules) for entry in entries]
            self._warn_of_case_clashes(directory, entries)
            pending.extend((path, rules) for path in reversed(inside) if path is not None)
        return self._plan()

    async def _root_rules(self) -> Gitignore:
        excludes = "\n".join(self._options.built_in_excludes).encode()
        files = [("built-in", excludes)]
        if self._options.honour_gitignore:
            with suppress(WorkspaceError):
                files.append((".git/info/exclude", await self._source.read(".git/info/exclude")))
        return Gitignore.root(files)

    async def _list(self, directory: str) -> list[SourceEntry]:
        try:
            entries = await self._source.list_directory(directory)
        except WorkspaceError as error:
            if not directory:
                raise
            self._refused.append(LeftOut(directory, error.message, is_directory=True))
            return []
        return sorted(entries, key=lambda entry: byte_order(entry.name))

    async def _rules_in(self, directory: str, above: Gitignore, entries: list[SourceEntry]) -> Gitignore:
        if not self._options.honour_gitignore:
            return above
        if not any(entry.name == ".gitignore" and entry.kind == "file" for entry in entries):
            return above
        path = f"{directory}/.gitignore" if directory else ".gitignore"
        try:
            return above.below(directory, await self._source.read(path))
        except WorkspaceError as error:
            self._warnings.append(
                f"{shown(path)} could not be read, so its rules are not applied: {error.message}"
            )
            return above

    def _take(self, directory: str, entry: SourceEntry, rules: Gitignore) -> str | None:
        """Decide about one entry; gives the path to enter for a directory that is taken."""
        path = f"{directory}/{entry.name}" if directory else entry.name
        is_directory = entry.kind == "directory"
        reason = self._reason_against(path, entry)
        if reason is not None:
            self._refused.append(LeftOut(path, reason, is_directory))
            return None
        reason = self._reason_to_ignore(path, entry, rules)
        if reason is not None:
            self._ignored_by[reason] += 1
            if len(self._ignored) < SHOWN_PATHS:
                self._ignored.append(LeftOut(path, reason, is_directory))
            return None
        size = entry.size or 0
        if entry.kind == "file":
            if size > self._limits.file_bytes:
                self._too_big.append(
                    LeftOut(path, f"{size // _MIB} MiB; the limit is {self._limits.file_bytes // _MIB}")
                )
                return None
            self._files += 1
            self._bytes += size
        self._entries.append(
            PlannedEntry(path, entry.kind, size, entry.mode, entry.mtime_ns, entry.link_target)
        )
        return path if is_directory else None

    def _reason_against(self, path: str, entry: SourceEntry) -> str | None:
        try:
            check_name(entry.name, self._limits)
        except NameInvalidError as error:
            return error.message
        if len(path_bytes(path)) + _GUEST_PREFIX_BYTES > self._limits.path_bytes:
            return f"the path is longer than {self._limits.path_bytes} bytes"
        if entry.kind == "symlink" and not entry.link_target:
            return "the target of the link is not known"
        return None

    def _reason_to_ignore(self, path: str, entry: SourceEntry, rules: Gitignore) -> str | None:
        if entry.name == ".git" and not self._options.include_git:
            return "git's own files"
        rule = rules.rule_for(path, is_directory=entry.kind == "directory")
        if rule is None or rule.negated:
            return None
        return (
            f"left out by default: {rule.pattern}"
            if rule.source == "built-in"
            else f"{rule.source}: {rule.pattern}"
        )

    def _warn_of_case_clashes(self, directory: str, entries: Sequence[SourceEntry]) -> None:
        by_folded: dict[str, str] = {}
        for entry in entries:
            other = by_folded.setdefault(entry.name.casefold(), entry.name)
            if other != entry.name:
                where = shown(directory or ".")
                self._warnings.append(
                    f"In {where}, {shown(other)} and {shown(entry.name)} differ in case only; "
                    "they cannot both be written to a folder that ignores case."
                )

    def _plan(self) -> ImportPlan:
        limits = self._limits
        blocked = None
        if self._files > limits.files:
            blocked = (
                f"There are more than {limits.files} files. Import a part, or add the rest to .gitignore."
            )
        elif self._bytes > limits.total_bytes:
            blocked = (
                f"{self._bytes // _MIB} MiB are more than the workspace can hold ({limits.total_bytes // _MIB} MiB). "
                "Import a part, or add large files to .gitignore."
            )
        elif self._bytes > limits.warn_bytes:
            self._warnings.append(
                f"{self._bytes // _MIB} MiB come close to the limit of {limits.total_bytes // _MIB}."
            )
        groups = tuple(IgnoredGroup(reason, count) for reason, count in self._ignored_by.most_common())
        return ImportPlan(
            self._source,
            self._options,
            tuple(self._entries),
            self._files,
            self._bytes,
            tuple(self._ignored),
            self._ignored_by.total(),
            groups,
            tuple(self._too_big),
            tuple(self._refused),
            tuple(self._warnings),
            blocked,
        )
