"""What the Live panel says beside a verdict."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from inspector.core.inspection import Verdict
from inspector.gui.models.live import Phase, Sign, Silence

if TYPE_CHECKING:
    from inspector.core.inspection import Inspection
    from inspector.gui.models.live import Figures
    from inspector.gui.models.live_feed import Feed
    from inspector.imaging.appearance import Change
    from inspector.jobs.live import Shown

_MOST_CHANGES = 2


def note_for(sign: Sign, phase: Phase, shown: Shown | None, feed: Feed | None, ending: str) -> str:
    """The remark in the banner: which frame it is, and why the verdict is not of this moment, where it is not."""
    inspection = None if shown is None else shown.inspection
    if sign is Sign.LOST and (loss := _of_loss(feed)):
        return loss
    if sign in {Sign.STOPPED, Sign.LOST}:
        last = "" if inspection is None else _last(inspection)
        return "\n".join(part for part in (ending, last) if part)
    if feed is None or inspection is None:
        waiting = {Phase.STARTING: _tr("Starting …"), Phase.RUNNING: _tr("Waiting for the first frame …")}
        return waiting.get(phase, "")
    text = _of_frame(sign, phase, inspection, feed)
    if shown is None or not shown.changes or sign not in {Sign.CHANGED, Sign.NG}:
        return text
    how = ", ".join(_of_change(one) for one in shown.changes[:_MOST_CHANGES])
    if sign is Sign.CHANGED:
        return _tr("Not as in training: %1").replace("%1", how) + f"\n{text}"
    return _tr("The picture has changed: %1").replace("%1", how) + f"\n{text}"


def _of_change(change: Change) -> str:
    """As `Change` says it, in the user's language."""
    words = {
        "brightness": (_tr("darker by %1"), _tr("lighter by %1")),
        "contrast": (_tr("less contrast by %1"), _tr("more contrast by %1")),
        "sharpness": (_tr("less sharp by %1"), _tr("sharper by %1")),
        "redness": (_tr("greener by %1"), _tr("redder by %1")),
        "yellowness": (_tr("bluer by %1"), _tr("yellower by %1")),
        "right": (_tr("shifted to the left by %1"), _tr("shifted to the right by %1")),
        "down": (_tr("shifted up by %1"), _tr("shifted down by %1")),
    }
    less, more = words[change.name]
    return (more if change.amount > 0 else less).replace("%1", f"{abs(change.amount):.0%}".replace("%", " %"))


def line_of(figures: Figures | None) -> str:
    """The figures of a feed in one line; empty when there are none."""
    if figures is None:
        return ""
    parts = [_tr("%1 fps").replace("%1", f"{figures.fps:.1f}")]
    if figures.latency_ms is not None:
        parts.append(_tr("%1 ms to the screen").replace("%1", f"{figures.latency_ms:.0f}"))
    parts.append(_tr("%1 skipped").replace("%1", f"{figures.missed:,}"))
    parts.append(_tr("%1 NG").replace("%1", f"{figures.ng:,}"))
    return "  ·  ".join(parts)


def _of_loss(feed: Feed | None) -> str:
    """Why the camera or stream is lost, and when it is opened again; empty when it is not."""
    state = None if feed is None else feed.state
    if state is None or not state.lost:
        return ""
    left = state.retry_in()
    again = _tr("Opening it again …")
    if left is not None:
        again = _tr("Opening it again in %1 s").replace("%1", str(math.ceil(left)))
    return f"{again}\n{state.reason}"  # what may be cut off where there is little room comes last


def _of_frame(sign: Sign, phase: Phase, inspection: Inspection, feed: Feed) -> str:
    if sign is Sign.STALE:
        text = _tr("Nothing came for %1 s, so nothing is said of what is there now.")
        return text.replace("%1", f"{feed.tally.age():.0f}") + "\n" + _last(inspection)
    name = inspection.error or inspection.name if inspection.verdict is Verdict.UNREADABLE else inspection.name
    if phase is Phase.PAUSED:
        why = _tr("Frozen on NG: press Resume to go on") if feed.frozen else _tr("Paused")
        return f"{why}\n{name}"
    if sign is Sign.HELD_OK and feed.silence is Silence.WAITING:
        waiting = _tr("Waiting for the next part") if feed.by_part else _tr("Waiting for the next image")
        return f"{waiting}\n{name}"
    if inspection.voted not in {None, inspection.verdict}:
        return _tr("By itself this frame is %1").replace("%1", str(inspection.verdict)) + f"\n{name}"
    return name


def _last(inspection: Inspection) -> str:
    return _tr("Last frame: %1, %2").replace("%1", str(inspection.decided)).replace("%2", inspection.name)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Live", text)
