"""`os.link`, which Pyodide's Python lacks, for files of an open project.

Only what the standard library calls is here: paths, no directory descriptors. A link to anything outside of projects
fails with EXDEV.
"""

from __future__ import annotations

import os

from satchel.adapters.browser.bridge import JsHost


def define_link(host: JsHost) -> None:
    """Make `os.link` work in this interpreter."""

    def link(src: str | bytes, dst: str | bytes, *, follow_symlinks: bool = False) -> None:
        """POSIX `link`; a symbolic link is linked itself, never what it points at."""
        if follow_symlinks:
            src = os.path.realpath(src)
        source, destination = (os.path.abspath(os.fsdecode(path)) for path in (src, dst))
        number = host.link(source, destination)
        if number != 0:
            raise OSError(number, os.strerror(number), src, None, dst)

    os.link = link  # type: ignore[assignment]
