"""`inspector watch`: the feed without a window."""

from __future__ import annotations

import sys
import threading
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from inspector.cli.inspections import NG_EXIT
from inspector.cli.outputs import say_state
from inspector.cli.terminal import (
    PROVIDER_HELP,
    TerminalListener,
    err,
    inspection_line,
    listening,
    out,
    print_json,
    use_provider,
)
from inspector.core.errors import Cancelled
from inspector.core.events import Event, FeedChanged, Judged, PictureChanged
from inspector.core.feedstate import Condition
from inspector.core.inspection import Verdict

if TYPE_CHECKING:
    from inspector.core.inspection import Inspection
    from inspector.core.places import Places
    from inspector.jobs.live import Shown
    from inspector.jobs.trigger import OnCall


def add_to(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command(no_args_is_help=True)(watch)


def watch(
    context: typer.Context,
    source: Annotated[
        str,
        typer.Argument(help="camera:0, camera:NAME, rtsp://…, http://…, watch:FOLDER, loop:VIDEO, a folder or video."),
    ],
    detector: Annotated[Path, typer.Option(help="What 'inspector train' saved.")],
    frames: Annotated[int | None, typer.Option(min=1, help="End after so many frames.")] = None,
    *,
    vote: Annotated[str, typer.Option(help="N/M: NG when N of the last M frames are.")] = "1/1",
    mean: Annotated[int, typer.Option(help="Compare the mean of the last so many scores with the threshold.")] = 1,
    hold: Annotated[float, typer.Option(help="Seconds that NG stands at least.")] = 0.0,
    trigger: Annotated[
        str,
        typer.Option(help="When a part is judged: always, motion (comes to rest), every:SECONDS, key (Enter)."),
    ] = "always",
    outputs: Annotated[
        Path | None, typer.Option(help="Tell the outputs in this file instead of your own; see: inspector outputs.")
    ] = None,
    no_outputs: Annotated[bool, typer.Option("--no-outputs", help="Tell no output.")] = False,
    workspace: Annotated[Path | None, typer.Option(help="Record every verdict in this workspace's history.")] = None,
    fail_on_ng: Annotated[bool, typer.Option(help="Exit 3 when anything was NG or unreadable.")] = False,
    provider: Annotated[str, typer.Option(help=PROVIDER_HELP)] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Watch a camera, a stream, a video or a folder: one line a frame, until it ends or Ctrl-C.

    A camera or stream that is lost is opened again until it is back; --json says so in lines with "state". With a vote,
    a mean or a hold the line's verdict is that of several frames; --json has the frame's own as "verdict" and this one
    as "voted". Ctrl-C and SIGTERM end it cleanly, with exit code 0.
    """
    from inspector.core.voting import Voting
    from inspector.detectors import load
    from inspector.history.writer import Writer
    from inspector.jobs.live import live
    from inspector.jobs.recording import Recorder
    from inspector.jobs.sending import Sender
    from inspector.jobs.trigger import OnCall, parse_trigger
    from inspector.jobs.workspace import Workspace
    from inspector.outputs import Outlets
    from inspector.outputs.settings import FILE, read_outputs
    from inspector.sources.spec import open_source

    places: Places = context.obj
    voting, asked = Voting.parsed(vote, mean=mean, hold=hold), parse_trigger(trigger)
    place = None if workspace is None else Workspace.open(workspace)
    use_provider(provider)
    judge = load(detector)
    seen = open_source(source)
    asked_for = [] if no_outputs else read_outputs(outputs or places.config / FILE)
    if isinstance(asked, OnCall):
        _fire_on_lines(asked)
    with ExitStack() as stack:
        terminal = stack.enter_context(listening())
        printer = _Lines(terminal, as_json=as_json)
        writer = None if place is None else stack.enter_context(Writer(place.history))
        outlets = stack.enter_context(Outlets(asked_for, places.data / "outputs"))
        sender = Sender(printer, outlets, source=seen.name, detector=judge)
        recorder = stack.enter_context(Recorder(sender, writer, kind="live", source=seen.name, detector=judge))

        def keep(shown: Shown) -> None:
            recorder.keep(shown)
            sender.keep(shown)

        try:
            outcome = live(
                seen,
                judge,
                recorder,
                name=detector.resolve().name,
                frames=frames,
                record=keep,
                voting=voting,
                trigger=asked,
            )
        except Cancelled:
            # Stopping is how watching a camera ends; it is not a failure.
            err.print(f"Stopped after {printer.count} {'frames' if asked is None else 'parts'}.")
        else:
            err.print(
                f"{outcome.ok} OK, {outcome.ng} NG, {outcome.unreadable} unreadable, {outcome.missed} passed over for "
                f"newer ones, in {outcome.seconds:.1f} s."
            )
    for state in outlets.states:
        say_state(state)
    if fail_on_ng and printer.bad:
        raise typer.Exit(NG_EXIT)


def _fire_on_lines(trigger: OnCall) -> None:
    """Judge a part for each line on standard input; a thread that nothing waits for, since reading cannot be ended."""

    def read() -> None:
        for _line in sys.stdin:
            trigger.fire()

    threading.Thread(target=read, name="trigger", daemon=True).start()


class _Lines:
    """Prints each inspection as a line; everything else goes to the terminal's listener."""

    def __init__(self, terminal: TerminalListener, *, as_json: bool) -> None:
        self._terminal = terminal
        self._as_json = as_json
        self.count = self.bad = 0
        self._lost = False

    def __call__(self, event: Event) -> None:
        if isinstance(event, Judged):
            self.count += 1
            self.bad += event.inspection.decided is not Verdict.OK
            (self._json if self._as_json else self._text)(event.inspection)
        elif isinstance(event, FeedChanged):
            self._changed(event)
        elif isinstance(event, PictureChanged):
            self._picture(event)
        self._terminal(event)

    def _changed(self, event: FeedChanged) -> None:
        """Each change for a program that reads; for a person only that it is lost, and that it is back."""
        state = event.state
        if self._as_json:
            retry_in = state.retry_in()
            print_json(
                {
                    "state": str(state.condition),
                    "source": event.source,
                    "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
                    "reason": state.reason,
                    "retry_in": None if retry_in is None else round(retry_in, 1),
                }
            )
        elif state.lost and not self._lost:
            err.print(Text(f"{state.reason} It is opened again and again until it is back.", style="bold yellow"))
        elif self._lost and state.condition is Condition.LIVE:
            err.print(Text(f"The {event.source} is back.", style="yellow"))
        self._lost = state.lost

    def _picture(self, event: PictureChanged) -> None:
        """That the camera moved, is out of focus or has other light; and that it is over."""
        if self._as_json:
            print_json(
                {
                    "state": "picture changed" if event.how else "picture as before",
                    "source": event.source,
                    "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
                    "reason": ", ".join(event.how),
                }
            )
        elif event.how:
            err.print(Text(f"The picture has changed: {', '.join(event.how)}.", style="bold yellow"))
        else:
            err.print(Text("The picture looks as in training again.", style="yellow"))

    @staticmethod
    def _json(inspection: Inspection) -> None:
        when = datetime.fromtimestamp(inspection.time, UTC).isoformat(timespec="milliseconds")
        row = inspection.as_row()
        if inspection.voted is not None:
            row["voted"] = str(inspection.voted)
        row |= {"time": when, "detector": inspection.detector, "ms": inspection.milliseconds}
        print_json(row)

    @staticmethod
    def _text(inspection: Inspection) -> None:
        out.print(inspection_line(inspection))
