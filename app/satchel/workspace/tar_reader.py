"""Reading a tar, plain or compressed with gzip, bzip2 or xz: its entries as an `ArchiveTree`, its members
as streams.

A compressed tar is unpacked once into a temporary file, within the limits, since members are asked for in
any order.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile
import tempfile
import zlib
from functools import partial
from typing import IO, cast

from satchel.base.checkpoint import Checkpoint
from satchel.base.limits import MIB, WorkspaceLimits
from satchel.workspace.archive_limits import check_expansion
from satchel.workspace.archive_tree import ArchiveEntry, ArchiveTree
from satchel.workspace.errors import ArchiveError

READ_ERRORS = (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError, ValueError)
_SCAN_STEP = 64


async def unpacked(
    stream: IO[bytes], magic: bytes, size: int, limits: WorkspaceLimits, checkpoint: Checkpoint
) -> IO[bytes]:
    """The tar inside a compressed stream, in a temporary file. Raises ArchiveError for damage and bombs."""
    source = _decompressor(stream, magic)
    # The headers and padding of a tar come on top of what its files hold.
    sink = cast(IO[bytes], tempfile.TemporaryFile())  # noqa: SIM115
    done = 0
    try:
        while chunk := source.read(MIB):
            await checkpoint.breathe()
            done += len(chunk)
            check_expansion(done, size, limits)
            sink.write(chunk)
    except (*READ_ERRORS, OSError) as error:
        sink.close()
        raise ArchiveError(
            f"The compressed archive is damaged ({error}).", "Make or download it again."
        ) from error
    except BaseException:
        sink.close()
        raise
    sink.seek(0)
    return sink


def _decompressor(stream: IO[bytes], magic: bytes) -> IO[bytes]:
    if magic.startswith(b"\x1f\x8b"):
        return cast(IO[bytes], gzip.GzipFile(fileobj=stream))
    if magic.startswith(b"BZh"):
        return cast(IO[bytes], bz2.BZ2File(stream))
    return cast(IO[bytes], lzma.LZMAFile(stream))


class TarReader:
    """An open tar. `scan` makes `tree`; members are read on demand."""

    def __init__(self, stream: IO[bytes], limits: WorkspaceLimits) -> None:
        """Raises ArchiveError when it is no tar."""
        try:
            self._tar = tarfile.open(  # noqa: SIM115
                fileobj=stream, mode="r:", encoding="utf-8", errors="surrogateescape"
            )
        except READ_ERRORS as error:
            stream.close()
            raise ArchiveError(
                f"This is not an archive of files ({error}).",
                "Zip and tar (also .gz, .bz2, .xz) can be imported.",
            ) from error
        self._limits = limits
        self._announced = 0
        self._files: dict[str, tarfile.TarInfo] = {}
        self.tree: ArchiveTree = ArchiveTree(limits)

    async def scan(self, packed: int, checkpoint: Checkpoint) -> None:
        """Read all headers. Raises ArchiveError for damage and bombs (sparse files count with their full
        size).
        """
        count = 0
        try:
            while (member := self._tar.next()) is not None:
                count += 1
                if count % _SCAN_STEP == 0:
                    await checkpoint.breathe()
                self._announced += member.size if member.isreg() else 0
                check_expansion(self._announced, packed, self._limits)
                self._add(member)
        except (*READ_ERRORS, OSError) as error:
            raise ArchiveError(
                f"The tar archive is damaged ({error}).", "Make or download it again."
            ) from error

    def _open(self, member: tarfile.TarInfo) -> IO[bytes]:
        stream = self._tar.extractfile(member)
        if stream is None:
            raise AssertionError("only files are opened")
        return stream

    def close(self) -> None:
        """Let go of the archive and of its temporary file."""
        self._tar.close()
        if self._tar.fileobj is not None:
            self._tar.fileobj.close()

    def _add(self, member: tarfile.TarInfo) -> None:
        mtime_ns = max(int(member.mtime), 0) * 1_000_000_000
        if member.isdir():
            self.tree.add(member.name, ArchiveEntry("directory", mtime_ns=mtime_ns))
        elif member.issym():
            self.tree.add(
                member.name, ArchiveEntry("symlink", mtime_ns=mtime_ns, link_target=member.linkname)
            )
        elif member.isreg() or member.islnk():
            content = member if member.isreg() else self._files.get(member.linkname)
            if content is None:
                self.tree.refused.append(
                    (member.name, "it is a hard link to something that is not in the archive")
                )
                return
            self._files[member.name] = content
            self.tree.add(
                member.name,
                ArchiveEntry(
                    "file", content.size, member.mode & 0o777, mtime_ns, opened=partial(self._open, content)
                ),
            )
        else:
            self.tree.refused.append((member.name, "it is a device or another special file"))
