"""Records for ever, or so many inspections, and says so line by line: a process for tests to kill.

Run as `python -m tests.history.recording_process FILE SOURCE [COUNT]`; in the place of FILE an address, and
behind COUNT the file beside which pictures lie.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from inspector.history import Where, Writer, parse_where
from tests.history.records import inspection

PICTURE = bytes(range(256)) * 100


def main(path: Where, source: str, count: int | None) -> None:
    """Print `index time` behind each inspection, the time by a clock that only goes forward."""
    writer = Writer(path)
    writer.prepare()
    session = writer.start("live", source, "bolts", "abc", 1.0)
    assert writer.flush(30), writer.problem
    number = 0
    while count is None or number < count:
        session.add(
            inspection(number, 2.0 if number % 20 == 0 else 0.5), (lambda: PICTURE) if number % 20 == 0 else None
        )
        print(number, time.monotonic(), flush=True)  # noqa: T201
        number += 1
        time.sleep(0.002 if count is None else 0)
    session.end()
    writer.close()
    assert writer.lost == 0, writer.problem


if __name__ == "__main__":
    place = sys.argv[1]
    where = parse_where(place, Path(sys.argv[4])) if "://" in place else Path(place)
    main(where, sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else None)
