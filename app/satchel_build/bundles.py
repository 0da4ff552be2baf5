"""Bundles the site's JavaScript and style sheets with esbuild.

Three groups, each with its own needs: the page's entry points share chunks and load islands on demand; a worker is one
self-contained file, because its response carries its policy; the service worker is a classic script, which is what
every browser can register. It comes last, because it knows the names of all other files of its build.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from satchel_build.checkout import Checkout
from satchel_build.commands import run_command
from satchel_build.errors import BuildError

__all__ = ["BuildConstants", "EntryPoints", "bundle", "bundle_service_worker", "find_entry_points"]

# Syntax that the oldest supported browsers (docs/architecture.md) run as it is.
_TARGET = "es2022"

_REQUIRED = (
    "static/index.html",
    "static/page.css",
    "static/page.js",
    "static/headless.html",
    "static/headless.js",
    "worker/agent.worker.js",
    "worker/service_worker.js",
)


@dataclass(frozen=True, slots=True)
class BuildConstants:
    """What the bundles know about the build they belong to (worker/build_constants.d.ts)."""

    build_id: str
    style_nonce: str
    wheel: str

    def definitions(self) -> list[str]:
        """The constants as esbuild options."""
        values = {
            "SATCHEL_BUILD_ID": self.build_id,
            "SATCHEL_STYLE_NONCE": self.style_nonce,
            "SATCHEL_WHEEL": self.wheel,
        }
        return [f"--define:{name}={json.dumps(value)}" for name, value in values.items()]


@dataclass(frozen=True, slots=True)
class EntryPoints:
    """The source files that bundles are made from, sorted."""

    pages: tuple[Path, ...]
    workers: tuple[Path, ...]
    service_worker: Path
    styles: tuple[Path, ...]


def find_entry_points(checkout: Checkout) -> EntryPoints:
    """The entry points among the sources. Raises BuildError if one that the site cannot do without is missing."""
    missing = [name for name in _REQUIRED if not (checkout.root / name).is_file()]
    if missing:
        raise BuildError(
            f"Sources of the site are missing: {', '.join(missing)}.",
            "Restore them: `git status` tells more.",
        )
    static, worker = checkout.root / "static", checkout.root / "worker"
    pages = {static / "page.js", static / "headless.js", *static.glob("*.entry.js")}
    return EntryPoints(
        pages=tuple(sorted(pages)),
        workers=tuple(sorted(worker.glob("*.worker.js"))),
        service_worker=worker / "service_worker.js",
        styles=tuple(sorted(static.glob("*.css"))),
    )


def bundle(checkout: Checkout, constants: BuildConstants, destination: Path) -> set[str]:
    """Write all bundles but the service worker's into the folder `destination`.

    Returns the names of the npm packages whose code went into them. Raises BuildError with esbuild's message if a
    source does not compile.
    """
    entries = find_entry_points(checkout)
    groups: list[tuple[Sequence[Path], list[str]]] = [
        (entries.pages, ["--format=esm", "--splitting", "--chunk-names=chunks/[name]-[hash]"]),
        (entries.workers, ["--format=esm"]),
        (
            entries.styles,
            ["--asset-names=assets/[name]-[hash]", "--loader:.svg=file", "--loader:.woff2=file"],
        ),
    ]
    packages: set[str] = set()
    for sources, options in groups:
        packages |= _run_esbuild(checkout, sources, [*options, *constants.definitions()], destination)
    return packages


def bundle_service_worker(
    checkout: Checkout, constants: BuildConstants, files: Sequence[str], destination: Path
) -> set[str]:
    """As `bundle`, for the service worker of a site that consists of `files`, paths relative to its root."""
    listed = f"--define:SATCHEL_FILES={json.dumps(sorted(files))}"
    options = ["--format=iife", listed, *constants.definitions()]
    return _run_esbuild(checkout, [find_entry_points(checkout).service_worker], options, destination)


def _run_esbuild(
    checkout: Checkout, sources: Sequence[Path], options: list[str], destination: Path
) -> set[str]:
    metafile = checkout.state / "esbuild.json"
    remedy = "Correct the source; `python3 build.py check` tells more about types."
    warnings = run_command(
        [
            _esbuild(checkout),
            *(source.relative_to(checkout.root) for source in sources),
            "--bundle",
            "--minify",
            "--charset=utf8",
            "--legal-comments=none",
            "--log-level=warning",
            "--entry-names=[name]",
            f"--target={_TARGET}",
            f"--outdir={destination}",
            f"--metafile={metafile}",
            # Pyodide is loaded as it is, from its own folder of the site, never bundled.
            "--alias:pyodide=./pyodide/pyodide.mjs",
            "--external:./pyodide/pyodide.mjs",
            *options,
        ],
        cwd=checkout.root,
        remedy=remedy,
    )
    if warnings.strip():
        raise BuildError(f"{warnings.strip()}\nesbuild has warnings.", remedy)
    inputs = json.loads(metafile.read_text(encoding="utf-8"))["inputs"]
    return {package for path in inputs if (package := _package_of(path))}


def _esbuild(checkout: Checkout) -> Path:
    """The program itself, from the package that npm chose for this machine: its script in between hides errors."""
    programs = sorted((checkout.node_modules / "@esbuild").glob("*/bin/esbuild"))
    if not programs:
        raise BuildError("esbuild has no program for this machine.", "Delete node_modules and start again.")
    return programs[0]


def _package_of(path: str) -> str | None:
    """The npm package that the bundled file `path` belongs to, None for a source of our own."""
    _, found, inside = path.rpartition("node_modules/")
    if not found:
        return None
    parts = inside.split("/")
    return "/".join(parts[:2] if parts[0].startswith("@") else parts[:1])
