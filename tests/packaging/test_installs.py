"""The program as people get it: from a wheel, away from the checkout, and from an editable install beside it."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

import inspector
from inspector.core.places import shipped

CHECKOUT = Path(__file__).resolve().parents[2]
SHIPPED = ("resources", "models")


@dataclass(frozen=True)
class Install:
    """A virtual environment that holds the wheel, and of everything else what this interpreter has."""

    folder: Path
    wheel: Path

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment far from the checkout."""
        scripts = self.folder / ("Scripts" if sys.platform == "win32" else "bin")
        away = self.folder / "away"
        away.mkdir(exist_ok=True)
        return subprocess.run(
            [str(scripts / command[0]), *command[1:]], cwd=away, capture_output=True, text=True, check=False
        )


@pytest.fixture(scope="module")
def install(tmp_path_factory: pytest.TempPathFactory) -> Install:
    built = tmp_path_factory.mktemp("dist")
    # Through the sdist, so that both leave out nothing that the other needs.
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(built), str(CHECKOUT)],
        check=True,
        capture_output=True,
    )
    (wheel,) = built.glob("*.whl")
    folder = tmp_path_factory.mktemp("install")
    venv.create(folder, with_pip=False, symlinks=sys.platform != "win32")
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-index", "--no-deps", wheel],
        check=True,
    )
    # Gigabytes of dependencies are borrowed rather than installed again. Paths named in a .pth file come after the
    # environment's own, and .pth files found there (such as the editable install's) are not read.
    borrowed = Path(
        subprocess.run(
            [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
    )
    (borrowed / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    return Install(folder, wheel)


def test_that_the_wheel_carries_what_the_program_ships(install: Install) -> None:
    names = set(zipfile.ZipFile(install.wheel).namelist())
    tracked = subprocess.run(
        ["git", "ls-files", "-z", *SHIPPED], cwd=CHECKOUT, check=True, capture_output=True, text=True
    ).stdout.split("\0")
    assert {f"inspector/{name}" for name in tracked if name} <= names
    assert "inspector/py.typed" in names


def test_that_the_wheel_carries_neither_tests_nor_a_second_copy(install: Install) -> None:
    tops = {name.partition("/")[0] for name in zipfile.ZipFile(install.wheel).namelist()}
    assert tops == {"inspector", f"inspector-{inspector.__version__}.dist-info"}


def test_that_an_installed_wheel_finds_what_it_ships_inside_itself(install: Install) -> None:
    code = """if True:
        import json
        from pathlib import Path
        import inspector
        from inspector.core.places import shipped
        package = Path(inspector.__file__).resolve().parent
        print(json.dumps([str(package)] + [str(shipped(name)) for name in ("resources", "models")]))
    """
    done = install.run("python", "-c", code)
    assert done.returncode == 0, done.stderr
    package, *found = map(Path, json.loads(done.stdout))
    assert package.is_relative_to(install.folder.resolve())
    assert found == [package / name for name in SHIPPED]


def test_that_the_command_of_an_installed_wheel_runs(install: Install) -> None:
    done = install.run("inspector", "--help")
    assert done.returncode == 0, done.stderr
    assert "batch" in done.stdout


@pytest.mark.parametrize("name", SHIPPED)
def test_that_an_editable_install_finds_what_ships_beside_the_package(name: str) -> None:
    # Only where this interpreter has an editable install is that what is tested; `make` sees to it.
    assert Path(inspector.__file__).resolve().parent == CHECKOUT / "inspector"
    assert shipped(name) == CHECKOUT / name


def test_that_the_version_is_said_once(install: Install) -> None:
    assert install.wheel.name.startswith(f"inspector-{inspector.__version__}-")
