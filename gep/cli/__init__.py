"""The command line. `main` keeps start-up light: everything heavy is imported by the command that needs it."""

from __future__ import annotations

import sys


def main() -> None:
    """Entry point of `gep`."""
    for stream in (sys.stdout, sys.stderr):
        # a GBK console has no '√ ✓ ━': show '?' rather than die in the middle of a run
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    from gep.cli.app import app

    app()
