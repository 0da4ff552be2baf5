"""The build manifest: every file of the site with its digest and size, under one id.

The service worker caches by it, the page compares ids by it, and the build trusts an existing site only if all files it
lists are there in full.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from satchel_build.digests import file_digest

__all__ = ["MANIFEST_NAME", "Manifest", "read_manifest", "site_is_whole", "write_manifest"]

MANIFEST_NAME = "build-manifest.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """A site's id and, by path relative to its root, the size of each of its files."""

    build_id: str
    sizes: dict[str, int]


def write_manifest(site: Path, build_id: str) -> None:
    """List all files below `site` in its manifest; the manifest does not list itself."""
    files = {
        path.relative_to(site).as_posix(): {"sha256": file_digest(path), "size": path.stat().st_size}
        for path in sorted(site.rglob("*"))
        if path.is_file() and path != site / MANIFEST_NAME
    }
    text = json.dumps({"id": build_id, "files": files}, indent=1)
    (site / MANIFEST_NAME).write_text(text + "\n", encoding="utf-8")


def read_manifest(site: Path) -> Manifest | None:
    """The manifest of the site, None if there is none that can be read."""
    try:
        data = json.loads((site / MANIFEST_NAME).read_text(encoding="utf-8"))
        return Manifest(
            str(data["id"]), {str(path): int(entry["size"]) for path, entry in data["files"].items()}
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def site_is_whole(site: Path, manifest: Manifest) -> bool:
    """Whether every file of the manifest is there with its size. Contents are not read: that would cost a second."""
    for path, size in manifest.sizes.items():
        try:
            if (site / path).stat().st_size != size:
                return False
        except OSError:
            return False
    return True
