"""What each floor drags in when it is imported: starting fast and judging small depend on it.

The contracts in pyproject.toml read our own source; only a running interpreter also sees what our libraries import.
"""

from __future__ import annotations

import json
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import inspector

TRAINING = {"tensorflow", "keras", "tf2onnx", "onnx", "sklearn"}
QT = {"PySide6", "shiboken6", "pyqtgraph"}
SQL = {"sqlalchemy", "alembic"}
RUNTIME = {"onnxruntime"}

NEVER_IMPORTED_BY = {
    "core": TRAINING | QT | SQL | RUNTIME,
    "imaging": TRAINING | QT | SQL | RUNTIME,
    "sources": TRAINING | QT | SQL | RUNTIME,
    "reports": TRAINING | QT | SQL | RUNTIME,
    "outputs": TRAINING | QT | SQL | RUNTIME,
    "history": TRAINING | QT | RUNTIME,
    "detectors": TRAINING | QT | SQL,
    "jobs": TRAINING | QT,
    "cli": TRAINING | QT,
    "gui": TRAINING,
    "__main__": TRAINING | QT,
}

FLOORS = sorted(module.name for module in pkgutil.iter_modules(inspector.__path__))

# Imports the floor with every module in it, but for those of the detectors that are written in Keras throughout: `fit`
# imports them when it trains.
IMPORT_ALL = """
import importlib, json, pkgutil, sys
floor = importlib.import_module(sys.argv[1])
for module in pkgutil.walk_packages(getattr(floor, "__path__", ()), floor.__name__ + "."):
    if module.name.rpartition(".")[2] not in ("network", "training", "learning", "adversarial"):
        importlib.import_module(module.name)
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def imported_with(module: str, folder: Path) -> set[str]:
    """Top-level modules that a fresh interpreter holds after importing all of `module`."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, module], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_that_every_floor_says_what_it_never_imports() -> None:
    assert set(FLOORS) <= set(NEVER_IMPORTED_BY)


@pytest.mark.parametrize("floor", FLOORS)
def test_that_importing_a_floor_stays_light(floor: str, tmp_path: Path) -> None:
    assert imported_with(f"inspector.{floor}", tmp_path) & NEVER_IMPORTED_BY[floor] == set()


def test_that_importing_the_package_alone_loads_nothing_else(tmp_path: Path) -> None:
    code = "import sys; before = set(sys.modules); import inspector; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["inspector"]
