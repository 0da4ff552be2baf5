"""When an archive is a bomb: by what it unpacks to in all, and by how much larger that is than the
archive.
"""

from __future__ import annotations

from satchel.base.limits import MIB, WorkspaceLimits
from satchel.workspace.errors import ArchiveError

# Small things may shrink a thousandfold (an empty log, a sparse image); they harm nobody.
RATIO_FLOOR = 16 * MIB


def check_archive_size(size: int, limits: WorkspaceLimits) -> None:
    """Raise ArchiveError when an archive is too large to be held in memory, before it is read."""
    if size > limits.total_bytes:
        raise ArchiveError(
            f"The archive has {size // MIB} MiB; more than {limits.total_bytes // MIB} MiB cannot be opened.",
            "Unpack it and import the folder, or import a part of the project.",
        )


def check_expansion(unpacked: int, packed: int, limits: WorkspaceLimits) -> None:
    """Raise ArchiveError when `unpacked` bytes are more than a workspace holds or than is credible."""
    if unpacked > limits.total_bytes:
        raise ArchiveError(
            f"The archive unpacks to more than {limits.total_bytes // MIB} MiB, which is what a workspace can hold.",
            "Import a part of the project.",
        )
    if is_suspicious(unpacked, packed, limits):
        raise ArchiveError(
            f"The archive unpacks to more than {limits.archive_ratio} times its size, as an archive bomb does.",
            "Unpack it yourself if you trust it, and import the folder.",
        )


def is_suspicious(unpacked: int, packed: int, limits: WorkspaceLimits) -> bool:
    """Whether this expansion is beyond `limits.archive_ratio`."""
    return unpacked > RATIO_FLOOR and unpacked > limits.archive_ratio * max(packed, 1)
