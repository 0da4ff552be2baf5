"""What can go wrong with files: one leaf for each cause a caller may want to tell apart.

    WorkspaceError                     anything else about files; also the branch to catch
    +-- PathEscapeError                the path leads out of the guest's mounts
    +-- NotFoundError                  nothing has this name
    +-- AlreadyExistsError             something has this name already
    +-- NotAFileError                  a file was expected (it is a directory or a device)
    +-- DirectoryExpectedError         a directory was expected
    +-- DirectoryNotEmptyError         the directory still has entries
    +-- NameInvalidError               no file can have this name (NUL, too long, empty)
    +-- SymlinkLoopError               too many symbolic links on the way
    +-- QuotaExceededError             no room: a size limit or the storage's quota
    +-- ConflictError                  the real folder is not what the workspace was made from
    +-- ChangesetMovedError            the workspace changed after it was reviewed
    +-- ArchiveError                   an archive is damaged, encrypted, hostile or of an unknown format

Every leaf carries a stable `code` (`workspace.not_found`, ...) and a message fit for a person and for the
model.
"""

from __future__ import annotations

import errno
from typing import ClassVar

from satchel.base.errors import SatchelError


class WorkspaceError(SatchelError):
    """A file operation could not be done. Raised as itself only where no leaf fits."""

    stable_code: ClassVar[str] = "workspace.failed"

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(self.stable_code, message, remedy)


class PathEscapeError(WorkspaceError):
    """The path, or a symbolic link on it, leads to a place the guest does not have."""

    stable_code = "workspace.path_escape"


class NotFoundError(WorkspaceError):
    """Nothing has this name."""

    stable_code = "workspace.not_found"


class AlreadyExistsError(WorkspaceError):
    """Something has this name already."""

    stable_code = "workspace.already_exists"


class NotAFileError(WorkspaceError):
    """A regular file was expected."""

    stable_code = "workspace.not_a_file"


class DirectoryExpectedError(WorkspaceError):
    """A directory was expected."""

    stable_code = "workspace.directory_expected"


class DirectoryNotEmptyError(WorkspaceError):
    """The directory still has entries."""

    stable_code = "workspace.directory_not_empty"


class NameInvalidError(WorkspaceError):
    """No file can have this name."""

    stable_code = "workspace.name_invalid"


class SymlinkLoopError(WorkspaceError):
    """More symbolic links on the way than `limits.symlink_depth`."""

    stable_code = "workspace.symlink_loop"


class QuotaExceededError(WorkspaceError):
    """There is no room for this."""

    stable_code = "workspace.quota_exceeded"


class ConflictError(WorkspaceError):
    """The real folder is not what the workspace was made from. Nothing was overwritten."""

    stable_code = "workspace.conflict"


class ChangesetMovedError(WorkspaceError):
    """The workspace changed after the changeset was made; it has to be reviewed again."""

    stable_code = "workspace.changeset_moved"


class ArchiveError(WorkspaceError):
    """An archive cannot be used: damaged, encrypted, hostile, or of an unknown format."""

    stable_code = "workspace.archive"


_LEAVES: dict[int, tuple[type[WorkspaceError], str, str]] = {
    errno.ENOENT: (NotFoundError, "does not exist.", "Check the name, or list the directory."),
    errno.EEXIST: (AlreadyExistsError, "exists already.", ""),
    errno.EISDIR: (NotAFileError, "is a directory, not a file.", ""),
    errno.ENOTDIR: (DirectoryExpectedError, "is not a directory.", ""),
    errno.ENOTEMPTY: (DirectoryNotEmptyError, "is not empty.", "Remove what it holds first."),
    errno.ENAMETOOLONG: (NameInvalidError, "has too long a name for this system.", "Choose a shorter one."),
    errno.EILSEQ: (NameInvalidError, "has a name that this system cannot store.", "Choose another one."),
    errno.ELOOP: (SymlinkLoopError, "is behind too many symbolic links, or is one itself.", ""),
    errno.ENOSPC: (
        QuotaExceededError,
        "does not fit: the storage is full.",
        "Delete files that are not needed.",
    ),
    errno.EDQUOT: (
        QuotaExceededError,
        "does not fit: the quota is used up.",
        "Delete files that are not needed.",
    ),
    errno.EFBIG: (QuotaExceededError, "would be larger than the storage allows.", ""),
}


def from_os_error(error: OSError, shown_path: str) -> WorkspaceError:
    """The leaf for what the host said about `shown_path` (a name fit for display)."""
    number = error.errno or 0
    if number in _LEAVES:
        leaf, cause, remedy = _LEAVES[number]
        return leaf(f"{shown_path} {cause}", remedy)
    return WorkspaceError(f"{shown_path}: {error.strerror or error}.")
