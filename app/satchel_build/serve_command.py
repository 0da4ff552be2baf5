"""`python3 serve.py`: from a bare machine to the site at an address on this machine."""

import argparse
import errno
import sys
import webbrowser
from collections.abc import Sequence

from satchel.adapters.server.static_server import StaticServer
from satchel_build.checkout import Checkout
from satchel_build.errors import BuildError
from satchel_build.progress import Progress
from satchel_build.site_build import ensure_site
from satchel_build.tools import check_tools

__all__ = ["open_server", "run"]

_FIRST_PORT = 8000
_PORTS_TRIED = 100


def run(checkout: Checkout, argv: Sequence[str]) -> int:
    """Build what is missing and serve until interrupted. Returns the exit status."""
    options = _parser().parse_args(argv)
    progress = Progress(sys.stderr)
    try:
        check_tools()
        ensure_site(checkout, progress)
        server = open_server(checkout, options.port)
    except BuildError as error:
        print(f"serve.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    try:
        with server:
            print(f"Satchel is at {server.url} (Ctrl-C ends)", flush=True)
            if options.port is None and server.port != _FIRST_PORT:
                print(
                    f"Port {_FIRST_PORT} is taken. Sessions belong to an address: those made there are not shown here.",
                    flush=True,
                )
            if options.open:
                webbrowser.open(server.url)
            server.wait()
    except KeyboardInterrupt:
        print(file=sys.stderr)
    return 0


def open_server(checkout: Checkout, port: int | None) -> StaticServer:
    """A server of the site on exactly `port`, or on the first free one from 8000 on if that is None.

    Raises BuildError if there is none to be had.
    """
    ports = range(_FIRST_PORT, _FIRST_PORT + _PORTS_TRIED) if port is None else [port]
    for candidate in ports:
        try:
            return StaticServer(checkout.dist, candidate)
        except PermissionError as error:
            raise BuildError(
                f"Port {candidate} is not open to you.", "Choose one above 1023 with --port."
            ) from error
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
    taken = f"Port {port} is" if port is not None else f"Ports {ports[0]} to {ports[-1]} are"
    raise BuildError(f"{taken} taken.", "End the program that listens there, or choose another with --port.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="serve.py", description="Build Satchel's site if need be, and serve it."
    )
    parser.add_argument(
        "--port", type=_port, help="listen on exactly this port (default: 8000 or the next free one)"
    )
    parser.add_argument("--open", action="store_true", help="open the page in the default browser")
    return parser


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port (0 to 65535)")
    return int(text)
