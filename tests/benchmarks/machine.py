"""What measured: the machine and the versions, for whoever compares figures."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
from pathlib import Path

from inspector.detectors.fitting import versions

_REPOSITORY = Path(__file__).resolve().parent.parent.parent


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def describe() -> str:
    """Cores, model, memory, system and versions, in a line or two."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30 if hasattr(os, "sysconf") else 0.0
    parts = [
        f"{cores()} cores of {_processor()}",
        *([f"{memory:.0f} GiB"] if memory else []),
        f"{platform.system()} {platform.machine()}",
        *(f"{name} {version}" for name, version in versions().items()),
    ]
    return ", ".join(parts)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()


def commit() -> str:
    """The commit that is checked out, with a `+` when the program differs from it; empty outside a checkout."""
    try:
        short = _git("rev-parse", "--short", "HEAD").strip()
        return short + ("+" if _git("status", "--porcelain", "--", "inspector").strip() else "")
    except (OSError, subprocess.CalledProcessError):
        return ""


def code(*benchmark: Path) -> str:
    """A digest of what figures come from: the program below its windows, and the files of a benchmark."""
    floors = (_REPOSITORY / "inspector" / floor for floor in ("core", "imaging", "sources", "detectors", "jobs"))
    digest = hashlib.sha256()
    for path in sorted({file for floor in floors for file in floor.rglob("*.py")} | set(benchmark)):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=_REPOSITORY, check=True, capture_output=True, text=True).stdout
