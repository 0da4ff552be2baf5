"""Makes `dist/`, the site that any web host can serve, in a folder of its own that is swapped in when it is whole."""

import base64
import hashlib
import re
import shutil
from pathlib import Path

from satchel_build.build_lock import build_lock
from satchel_build.bundle_site import copy_bundles
from satchel_build.bundles import BuildConstants, bundle, bundle_service_worker, find_entry_points
from satchel_build.checkout import Checkout
from satchel_build.environment import ensure_environment
from satchel_build.folder_swap import swap_in
from satchel_build.headers import NONCE_PLACEHOLDER, page_policy_markup, render_headers_json
from satchel_build.inputs import read_inputs
from satchel_build.licenses import render_licenses
from satchel_build.manifest import MANIFEST_NAME, read_manifest, site_is_whole, write_manifest
from satchel_build.npm_packages import ensure_npm_packages
from satchel_build.progress import Progress
from satchel_build.pyodide_runtime import copy_pyodide
from satchel_build.site_wheel import build_site_wheel
from satchel_build.wheel import build_wheel

__all__ = ["ensure_site", "refresh_site", "style_nonce"]

_BUILD_ID_PLACEHOLDER = "{{BUILD_ID}}"
_PAGE_POLICY_PLACEHOLDER = "{{PAGE_POLICY}}"

# Files that are made after the service worker, which must know their names.
_LICENSES = "licenses.txt"
_MADE_LAST = ("service_worker.js", _LICENSES, MANIFEST_NAME)

# Suffixes of files in static/ that are compiled or configure the compilation; all others are copied.
_NOT_COPIED = (".js", ".ts", ".css", "tsconfig.json")


def ensure_site(checkout: Checkout, progress: Progress) -> str:
    """Make `dist/` what the sources say and return its build id; nothing is done if it is that already.

    Installs what the build needs. Raises BuildError if a source is missing or does not compile, or a download fails;
    `dist/` is then as it was.
    """
    with build_lock(checkout, progress):
        # First of all: a missing source must not show itself after minutes of downloads.
        find_entry_points(checkout)
        ensure_environment(checkout, "build", progress)
        ensure_npm_packages(checkout, progress)
        return refresh_site(checkout, progress)


def refresh_site(checkout: Checkout, progress: Progress) -> str:
    """As `ensure_site`, for a caller that holds the build lock and has installed what the build needs."""
    inputs = read_inputs(checkout)
    manifest = read_manifest(checkout.dist)
    if manifest is None or manifest.build_id != inputs.build_id or not site_is_whole(checkout.dist, manifest):
        wheel = build_site_wheel(checkout, build_wheel(checkout, inputs.wheel, progress), progress)
        with progress.step("Building the site"):
            swap_in(_assemble(checkout, inputs.build_id, wheel), checkout.dist)
    return inputs.build_id


def style_nonce(build_id: str) -> str:
    """The build's nonce for style elements: fixed by its id, so that equal inputs give equal sites."""
    return base64.b64encode(hashlib.sha256(f"style nonce {build_id}".encode()).digest()[:18]).decode()


def _assemble(checkout: Checkout, build_id: str, wheel: Path) -> Path:
    site = checkout.state / "site"
    shutil.rmtree(site, ignore_errors=True)
    site.mkdir(parents=True)
    nonce = style_nonce(build_id)
    constants = BuildConstants(build_id=build_id, style_nonce=nonce, wheel=wheel.name)
    packages = bundle(checkout, constants, site)
    placeholders = {
        NONCE_PLACEHOLDER: nonce,
        _BUILD_ID_PLACEHOLDER: build_id,
        _PAGE_POLICY_PLACEHOLDER: page_policy_markup(nonce),
    }
    _copy_static(checkout.root / "static", site, placeholders)
    copy_pyodide(checkout, site / "pyodide")
    copy_bundles(checkout, site)
    shutil.copyfile(wheel, site / wheel.name)
    (site / "headers.json").write_text(render_headers_json(nonce), encoding="utf-8")
    files = [path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()]
    packages |= bundle_service_worker(checkout, constants, [*files, *_MADE_LAST], site)
    (site / _LICENSES).write_text(render_licenses(checkout, packages), encoding="utf-8")
    write_manifest(site, build_id)
    return site


def _with_styles_inside(html: str, site: Path, nonce: str) -> str:
    """Put the linked style sheet into the page: the first paint then waits for one answer of the host, not for two."""

    def sheet(link: re.Match[str]) -> str:
        styles = (site / link[1]).read_text(encoding="utf-8")
        assert "</" not in styles, "a style sheet that would end its own element"
        return f'<style nonce="{nonce}">{styles}</style>'

    return re.sub(r'<link rel="stylesheet" href="([^"]+)">', sheet, html)


def _copy_static(source: Path, site: Path, placeholders: dict[str, str]) -> None:
    for path in sorted(source.rglob("*")):
        name = path.relative_to(source)
        if not path.is_file() or path.name.endswith(_NOT_COPIED) or path.name.startswith("."):
            continue
        target = site / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".html":
            text = path.read_text(encoding="utf-8")
            for placeholder, value in placeholders.items():
                text = text.replace(placeholder, value)
            target.write_text(
                _with_styles_inside(text, site, placeholders[NONCE_PLACEHOLDER]), encoding="utf-8"
            )
        else:
            shutil.copyfile(path, target)
