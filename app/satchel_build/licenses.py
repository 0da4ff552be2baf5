"""Collects the licence notices that every copy of the built site must carry."""

import json
from collections.abc import Iterable
from pathlib import Path

from satchel_build.checkout import Checkout
from satchel_build.errors import BuildError

__all__ = ["render_licenses"]

_RULE = "=" * 100
_NOTICES = Path(__file__).parent / "notices"
_LICENSE_NAMES = ("LICENSE", "LICENSE.md", "LICENSE.txt", "LICENCE", "license", "COPYING")

_PYODIDE_NOTE = """\
The folder pyodide/ is an unmodified part of the npm package pyodide: CPython, its standard library and Pyodide's own
code, compiled to WebAssembly. Pyodide is under the Mozilla Public License 2.0; its source is at {homepage}, tag
{version}. CPython is under the Python Software Foundation License. Both texts follow. The compiled runtime also holds
Emscripten's libraries and musl (MIT), zlib (zlib), bzip2 (bzip2-1.0.6), XZ Utils (0BSD), libffi (MIT), HACL*
(Apache-2.0 or MIT) and SQLite (public domain)."""


def render_licenses(checkout: Checkout, packages: Iterable[str]) -> str:
    """The text of `dist/licenses.txt` for a site that the code of these npm packages, and Pyodide, went into.

    Raises BuildError if a package brings no licence text, since the site could not be passed on then.
    """
    sections = [_section("Satchel", "Apache-2.0", (checkout.root / "LICENSE").read_text(encoding="utf-8"))]
    pyodide = _package_data(checkout, "pyodide")
    note = _PYODIDE_NOTE.format(homepage=pyodide["homepage"], version=pyodide["version"])
    texts = [(_NOTICES / name).read_text(encoding="utf-8") for name in ("MPL-2.0.txt", "Python.txt")]
    sections.append(
        _section(f"pyodide {pyodide['version']}", pyodide["license"], "\n\n".join([note, *texts]))
    )
    for name in sorted(set(packages)):
        data = _package_data(checkout, name)
        sections.append(_section(f"{name} {data['version']}", data["license"], _license_text(checkout, name)))
    return "\n".join(sections)


def _section(title: str, license_name: str, text: str) -> str:
    body = text.strip("\n")
    return f"{_RULE}\n{title} ({license_name})\n{_RULE}\n\n{body}\n"


def _package_data(checkout: Checkout, name: str) -> dict[str, str]:
    data = json.loads((checkout.node_modules / name / "package.json").read_text(encoding="utf-8"))
    return {key: str(data.get(key, "")) for key in ("version", "license", "homepage")}


def _license_text(checkout: Checkout, name: str) -> str:
    for file in _LICENSE_NAMES:
        path = checkout.node_modules / name / file
        if path.is_file():
            return path.read_text(encoding="utf-8")
    raise BuildError(
        f"The npm package {name} brings no licence text.", "Add its notice before the site is passed on."
    )
