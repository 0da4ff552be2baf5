"""The security headers: what they allow, and that both readers of the one definition say the same."""

import json
import subprocess
from pathlib import Path

import pytest

from satchel.adapters.server.static_server import MEDIA_TYPES, HeaderTable, HeaderTableError
from satchel_build.headers import (
    NONCE_PLACEHOLDER,
    header_rules,
    page_policy_markup,
    render_headers_js,
    render_headers_json,
)

NONCE = "bm9uY2U="
PATHS = [
    "",
    "index.html",
    "headless.html",
    "docs/",
    "page.js",
    "page.css",
    "chunks/a-B.js",
    "agent.worker.js",
]
PATHS += [
    "wasi.worker.js",
    "service_worker.js",
    "other.worker.js",
    "pyodide/pyodide.asm.wasm",
    "LICENSE",
    "x/page.html",
]
PATHS += ["chunks/agent.worker.js"]


@pytest.fixture
def table(tmp_path: Path) -> HeaderTable:
    """The rules as the static server reads them from a site."""
    (tmp_path / "headers.json").write_text(render_headers_json(NONCE))
    return HeaderTable(tmp_path)


def policy(table: HeaderTable, path: str) -> dict[str, set[str]]:
    """The content security policy of a file: directive -> sources."""
    directives = (part.split() for part in table.headers_for(path)["Content-Security-Policy"].split(";"))
    return {name: set(sources) for name, *sources in directives}


@pytest.mark.parametrize("path", PATHS)
def test_every_policy_starts_from_nothing_and_never_allows_eval_or_inline(
    table: HeaderTable, path: str
) -> None:
    sources = policy(table, path)
    assert sources["default-src"] == {"'none'"}
    assert not {"'unsafe-eval'", "'unsafe-inline'", "*", "data:"} & sources.get("script-src", set())
    assert "'unsafe-inline'" not in sources.get("style-src", set())


@pytest.mark.parametrize("path", PATHS)
def test_every_file_is_isolated(table: HeaderTable, path: str) -> None:
    headers = table.headers_for(path)
    assert headers["Cross-Origin-Embedder-Policy"] == "require-corp"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Document-Isolation-Policy"].startswith("isolate-and-")
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_the_page_talks_to_its_own_origin_only(table: HeaderTable) -> None:
    page = policy(table, "index.html")
    assert page["connect-src"] == {"'self'"}
    assert page["require-trusted-types-for"] == {"'script'"}
    assert page["trusted-types"] == {"satchel"}
    assert page["style-src"] == {"'self'", f"'nonce-{NONCE}'"}


def test_the_agent_worker_reaches_models_but_no_plain_http_elsewhere(table: HeaderTable) -> None:
    sources = policy(table, "agent.worker.js")["connect-src"]
    assert sources == {"'self'", "https:", "http://127.0.0.1:*", "http://localhost:*"}


def test_a_process_worker_can_compile_and_nothing_else(table: HeaderTable) -> None:
    assert policy(table, "wasi.worker.js") == {
        "default-src": {"'none'"},
        "script-src": {"'self'", "'wasm-unsafe-eval'"},
        "worker-src": {"'none'"},
    }


def test_a_worker_nobody_thought_of_may_do_nothing(table: HeaderTable) -> None:
    assert "script-src" not in policy(table, "other.worker.js")


def test_the_nonce_is_in_place(table: HeaderTable) -> None:
    assert NONCE_PLACEHOLDER in json.dumps(header_rules().as_json())
    assert not any(NONCE_PLACEHOLDER in value for path in PATHS for value in table.headers_for(path).values())


@pytest.mark.parametrize("text", [None, "", "[]", "{}", '{"byPath": {}'])
def test_a_site_without_a_table_is_an_error(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "headers.json").write_text(text)
    with pytest.raises(HeaderTableError, match=r"python3 build\.py site"):
        HeaderTable(tmp_path)


def test_the_page_has_its_policy_in_its_markup_too(table: HeaderTable) -> None:
    header = table.headers_for("index.html")["Content-Security-Policy"]
    # A browser ignores this one in markup, and says so in its console.
    assert page_policy_markup(NONCE) == header.replace("frame-ancestors 'self'; ", "")
    assert "frame-ancestors" in header


def test_the_service_worker_adds_what_the_server_sends(table: HeaderTable, tmp_path: Path) -> None:
    (tmp_path / "headers.mjs").write_text(render_headers_js())
    script = f"""
        globalThis.SATCHEL_STYLE_NONCE = {json.dumps(NONCE)};
        const {{ headersFor, mediaTypeFor }} = await import("./headers.mjs");
        const paths = {json.dumps(PATHS)};
        console.log(JSON.stringify([paths.map(headersFor), paths.map((path) => mediaTypeFor(path) ?? null)]));
    """
    answer = subprocess.run(
        ["node", "--input-type=module", "--eval", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    served = [
        table.headers_for(f"{path}index.html" if path.endswith("/") or not path else path) for path in PATHS
    ]
    headers, media_types = json.loads(answer.stdout)
    assert headers == served
    suffixes = [Path(path if path and not path.endswith("/") else "index.html").suffix for path in PATHS]
    assert media_types == [MEDIA_TYPES.get(suffix) for suffix in suffixes]
    assert "text/javascript; charset=utf-8" in media_types
