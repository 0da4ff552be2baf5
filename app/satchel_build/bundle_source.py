"""Gets the pinned source archives of the bundles, through whatever package mirror this machine uses."""

import subprocess
from pathlib import Path
from typing import Final

from satchel_build.bundle_recipe import Source
from satchel_build.checkout import Checkout
from satchel_build.digests import file_digest
from satchel_build.errors import BuildError
from satchel_build.progress import Progress

__all__ = ["ensure_source"]

_APT_HELPER: Final = Path("/usr/lib/apt/apt-helper")


def ensure_source(checkout: Checkout, source: Source, progress: Progress) -> Path:
    """The archive on this machine, with the pinned digest; downloaded if it is not in `.build/sources/` yet.

    Raises BuildError if no mirror gives it, or gives something else.
    """
    folder = checkout.state / "sources"
    target = folder / source.file
    if target.is_file() and file_digest(target) == source.sha256:
        return target
    folder.mkdir(parents=True, exist_ok=True)
    with progress.step(f"Getting the source {source.file}"):
        for mirror in _mirrors():
            address = f"{mirror.rstrip('/')}/{source.pool}/{source.file}"
            if _download(address, target, source.sha256):
                return target
    raise BuildError(
        f"No package mirror of this machine gave {source.file}.",
        f"Put it, with SHA-256 {source.sha256}, into .build/sources/ (it is the original archive of Debian's source "
        f"package {source.package} {source.version}) and start again.",
    )


def _mirrors() -> list[str]:
    """Addresses of the package mirrors that apt is set up with, in no order; none where there is no apt."""
    try:
        answer = subprocess.run(
            ["apt-get", "indextargets", "--format", "$(REPO_URI)"],
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return []
    return sorted(set(answer.stdout.split()))


def _download(address: str, target: Path, sha256: str) -> bool:
    """Download with apt's own settings; apt checks the digest, and so does this."""
    if not _APT_HELPER.exists():
        return False
    partial = target.with_name(f"{target.name}.part")
    subprocess.run(
        [_APT_HELPER, "download-file", address, partial, f"SHA256:{sha256}"], capture_output=True, check=False
    )
    found = partial.is_file() and file_digest(partial) == sha256
    if found:
        partial.replace(target)
    partial.unlink(missing_ok=True)
    return found
