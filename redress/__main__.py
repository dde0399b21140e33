"""The `redress` command."""

from __future__ import annotations

import logging
import sys
from importlib import import_module
from importlib.util import find_spec

import typer

from shared.errors import SettingsFault

# Each module offers register(app). One that a build leaves out is a command that it does not have.
_MODULES = (
    "up",
    "status",
    "topics",
    "deadline",
    "import_",
    "report",
    "verify",
    "sample",
    "rulebook",
    "what_if",
    "contracts",
)


def build() -> typer.Typer:
    """The command with every subcommand that is installed."""
    app = typer.Typer(
        name="redress",
        help="Receive, work, learn from and report every complaint and compliment of a council.",
        no_args_is_help=True,
        pretty_exceptions_show_locals=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    @app.callback()
    def redress() -> None:
        """Receive, work, learn from and report every complaint and compliment of a council."""

    for name in _MODULES:
        module = f"redress.cli.{name}"
        if find_spec(module):
            import_module(module).register(app)
    return app


def main() -> None:
    # A broker that does not answer is reported by the command, once; the client would log it at every try.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        build()()
    except SettingsFault as fault:
        for line in fault.lines:
            sys.stderr.write(f"redress: {line}\n")
        raise SystemExit(2) from None


if __name__ == "__main__":
    main()
