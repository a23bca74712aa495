"""The commands, put together; and what their ends mean to a shell."""

from __future__ import annotations

import sys
import traceback
from typing import TYPE_CHECKING

import typer
from rich.text import Text

from inspector import __version__
from inspector.cli import (
    compare,
    detectors,
    distances,
    flips,
    history,
    inspections,
    learn,
    outputs,
    shrink,
    system,
    training,
    watch,
)
from inspector.cli.terminal import PROVIDER_HELP, err, out, use_provider
from inspector.core.errors import Cancelled, InspectorError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inspector.cli.system import Windows
    from inspector.core.places import Places

DONE, FAULT, USAGE, NG, BUG, INTERRUPTED = 0, 1, 2, 3, 70, 130

_HELP = """Visual inspection by image anomaly detection: train on good parts, find the bad ones.

Exit codes: 0 done; 1 something outside the program is wrong, and the message says what; 2 the command was not
understood; 3 with --fail-on-ng, something is NG or could not be read; 70 a bug in inspector; 130 interrupted.
"""


def build(window: Windows | None) -> typer.Typer:
    """Make the command-line application.

    Args:
        window: opens the window or renders it; None where there is none.
    """
    app = typer.Typer(
        help=_HELP, no_args_is_help=False, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
    )

    @app.callback(invoke_without_command=True)
    def main(
        context: typer.Context,
        version: bool = typer.Option(False, "--version", help="Say the version and end."),  # noqa: FBT001
        provider: str = typer.Option("", help=PROVIDER_HELP),
    ) -> None:
        use_provider(provider)
        if version:
            out.print(f"inspector {__version__}")
        elif context.invoked_subcommand is None:
            if window is None:
                msg = "This installation has no window. See what there is: inspector --help"
                raise InspectorError(msg)
            raise typer.Exit(window.open(context.obj))

    judging = (inspections, distances, flips, watch, outputs, history)
    for module in (training, compare, learn, shrink, *judging, detectors):
        module.add_to(app)
    system.add_to(app, window)
    return app


def run(arguments: Sequence[str], places: Places, *, window: Windows | None = None) -> int:
    """Run one command and give its exit code. Never raises but for a second Ctrl-C."""
    try:
        answer = build(window)(list(arguments), obj=places, standalone_mode=False, prog_name="inspector")
    except InspectorError as error:
        _say(str(error))
        return FAULT
    except typer.TyperException as error:
        _say(f"{error.format_message()} See: inspector --help")
        return USAGE
    except (Cancelled, KeyboardInterrupt, typer.Abort):
        _say("Interrupted. Nothing half-written was left behind.")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our lines has seen enough, as `head` does.
        sys.stderr.close()
        return DONE
    except Exception:  # noqa: BLE001 - the one place where a bug becomes an exit code
        err.print(Text(traceback.format_exc()))
        _say("This is a bug in inspector. Please report it with the lines above.")
        return BUG
    return answer if isinstance(answer, int) else DONE


def _say(message: str) -> None:
    err.print(Text(message, style="bold red"))
