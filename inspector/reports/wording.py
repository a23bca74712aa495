"""How a report says numbers, names and the outcome. Nothing is rounded into a better one."""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from inspector.reports.tally import Tally

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_PLAIN_FROM, _PLAIN_BELOW = 1e-3, 1e6
"""Numbers in this range are written out, others with a power of ten."""


@dataclass(frozen=True, slots=True)
class Headline:
    """The outcome in one line.

    Attributes:
        state: `"ok"` only when every file was read and judged OK; `"ng"`, `"incomplete"` (something could not be
            read) or `"empty"` otherwise.
        text: the sentence.
        more: a second sentence, or nothing.
    """

    state: str
    text: str
    more: str = ""


def headline(tally: Tally) -> Headline:
    """Say how it went. What was not read is never passed over."""
    unread = f"{files(tally.unreadable)} could not be read and {'was' if tally.unreadable == 1 else 'were'} not judged."
    if tally.total == 0:
        return Headline("empty", "No images were inspected", "The folder had no image files in it.")
    if tally.judged == 0:
        which = "The only file" if tally.total == 1 else f"None of the {tally.total:,} files"
        verb = "could not be read" if tally.total == 1 else "could be read"
        return Headline("incomplete", f"{which} {verb}", "Nothing was judged, so nothing can be said of these parts.")
    if tally.ng:
        verb = "is" if tally.ng == 1 else "are"
        text = f"{tally.ng:,} of {images(tally.judged)} {verb} NG"
        if tally.ng == tally.judged:
            text = "The only image is NG" if tally.judged == 1 else f"All {tally.judged:,} images are NG"
        if tally.unreadable:
            text = text.replace(" image", " readable image")
        return Headline("ng", text, unread if tally.unreadable else "")
    if tally.unreadable:
        text = f"{files(tally.unreadable)} could not be read"
        ok = "The one image that was judged is OK." if tally.judged == 1 else f"The {tally.judged:,} others are OK."
        return Headline("incomplete", text, f"{ok} Look at what could not be read before passing this batch.")
    return Headline("ok", "The only image is OK" if tally.judged == 1 else f"All {tally.judged:,} images are OK")


def images(n: int) -> str:
    """`"1 image"`, `"2,000 images"`."""
    return f"{n:,} image" if n == 1 else f"{n:,} images"


def files(n: int) -> str:
    """`"1 file"`, `"2,000 files"`."""
    return f"{n:,} file" if n == 1 else f"{n:,} files"


def number(value: float, digits: int = 4) -> str:
    """A number of any size with `digits` significant digits, for reading."""
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else "infinite"
    size = abs(value)
    if size == 0:
        return "0"
    if _PLAIN_FROM <= size < _PLAIN_BELOW:
        decimals = max(0, digits - 1 - math.floor(math.log10(size)))
        return _trimmed(f"{value:,.{decimals}f}").replace("-", "−")
    mantissa, power = f"{value:.{digits - 1}e}".split("e")
    times = "" if float(mantissa) == 1 else f"{_trimmed(mantissa)}×"
    return f"{times}10{str(int(power)).translate(_SUPERSCRIPT)}".replace("-", "−")


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def level(value: float | None) -> str:
    """A level with two decimals, and with as many as it takes not to look like the threshold when it is not."""
    if value is None:
        return ""
    if value >= _PLAIN_BELOW:
        return number(value)
    for decimals in range(2, 8):
        text = f"{value:,.{decimals}f}"
        if value == 1 or float(text.replace(",", "")) != 1:
            return text
    return "just above 1" if value > 1 else "just below 1"


def share(part: float | None) -> str:
    """A share in 0..1 as a percentage. Only nothing is 0 % and only all is 100 %; an en dash when there is none."""
    if part is None:
        return "–"
    percent = 100 * part
    if 0 < percent < 0.1:  # noqa: PLR2004 - the least that one decimal shows
        return "< 0.1 %"
    if 99.9 < percent < 100:  # noqa: PLR2004 - the most that one decimal shows
        return "> 99.9 %"
    return f"{_trimmed(f'{percent:.1f}')} %"


def area(value: float) -> str:
    """An area under the ROC with four decimals; only a perfect one is 1."""
    return "1" if value == 1 else f"{min(math.floor(value * 1e4 + 0.5), 9999) / 1e4:.4f}"


def plain(value: object) -> str:
    """An option's value, for reading."""
    if value is None or isinstance(value, bool):
        return {None: "none", True: "yes", False: "no"}[value]
    if isinstance(value, float):
        return number(value, 6)
    if isinstance(value, list | tuple):
        return ", ".join(plain(each) for each in value) or "none"
    return printable(str(value))


def duration(seconds: float) -> str:
    """`"0.8 s"`, `"12 s"`, `"3 min 05 s"`, `"2 h 10 min"`."""
    if seconds < 0.1:  # noqa: PLR2004 - one decimal would make nothing of it
        return "under 0.1 s"
    if seconds < 10:  # noqa: PLR2004
        return f"{seconds:.1f} s"
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def moment(seconds: float) -> str:
    """Seconds since the epoch as this computer's date and time, with the offset from UTC."""
    return datetime.fromtimestamp(seconds).astimezone().isoformat(" ", "seconds")


def printable(text: str) -> str:
    """A name that can be shown: control characters, lone surrogates and marks that reorder text are written out.

    A name with a right-to-left override in it reads as another name: `photo<U+202E>gpj.exe` shows as `photoexe.jpg`.
    """
    hidden = ("Cc", "Cs", "Cf")
    return "".join(ascii(char)[1:-1] if unicodedata.category(char) in hidden else char for char in text)
