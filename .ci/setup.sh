#!/usr/bin/env bash
# Sets a checkout up: system libraries, .venv, the pinned packages, the project itself. `make` calls it when
# pyproject.toml or requirements.lock changed since the last time. Without arguments everything is set up; it may be
# run again and again.
#
#   PYTHON=/path/to/python3.12   the Python to build .venv with
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The lock pins a TensorFlow that has wheels for these Pythons (3.OLDEST to 3.NEWEST) and no others.
OLDEST=11
NEWEST=13

# What Qt's xcb platform, OpenGL and OpenCV load at run time, as the dynamic linker names it, and Debian's package.
LIBRARIES="
libEGL.so.1           libegl1
libGL.so.1            libgl1
libglib-2.0.so.0      libglib2.0-0
libdbus-1.so.3        libdbus-1-3
libfontconfig.so.1    libfontconfig1
libxkbcommon.so.0     libxkbcommon0
libxkbcommon-x11.so.0 libxkbcommon-x11-0
libX11-xcb.so.1       libx11-xcb1
libxcb-cursor.so.0    libxcb-cursor0
libxcb-icccm.so.4     libxcb-icccm4
libxcb-image.so.0     libxcb-image0
libxcb-keysyms.so.1   libxcb-keysyms1
libxcb-randr.so.0     libxcb-randr0
libxcb-render-util.so.0 libxcb-render-util0
libxcb-shape.so.0     libxcb-shape0
libxcb-xinerama.so.0  libxcb-xinerama0
libxcb-xkb.so.1       libxcb-xkb1
"

RTSP_SERVER='
import gi
gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gst, GstRtspServer
Gst.init(None)
assert all(map(Gst.ElementFactory.find, ("x264enc", "jpegenc", "videotestsrc", "rtph264pay")))
'

say() { printf '%s\n' "$*" >&2; }

fail() {
    say ""
    say "inspector's set-up stopped: $1"
    shift
    for line in "$@"; do say "  $line"; done
    exit 1
}

python_version() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null; }

fits() { [[ $1 == 3.* ]] && [ "${1#3.}" -ge "$OLDEST" ] && [ "${1#3.}" -le "$NEWEST" ]; }

# The Python to build .venv with: PYTHON where it is set, else the first that fits.
find_python() {
    local candidate version seen=""
    for candidate in ${PYTHON:-python3.13 python3.12 python3.11 python3}; do
        if ! version=$(python_version "$candidate"); then
            if [ -n "${PYTHON:-}" ]; then seen=" $candidate does not run."; fi
        elif fits "$version"; then
            echo "$candidate"
            return 0
        else
            seen="$seen $candidate is $version."
        fi
    done
    fail "it needs Python 3.$OLDEST to 3.$NEWEST, for which TensorFlow has wheels.$seen" \
        "Install one (Debian, Ubuntu: apt-get install python3) or name it: make PYTHON=/path/to/python3.12 …"
}

# Debian keeps what makes virtual environments apart from Python.
makes_venvs() { "$1" -c 'import ensurepip, venv' 2>/dev/null; }

venv_is_good() {
    [ -x .venv/bin/python ] && fits "$(python_version .venv/bin/python)" &&
        .venv/bin/python -m pip --version >/dev/null 2>&1
}

missing_system_packages() {
    if [ "$(uname -s)" != Linux ]; then return 0; fi # elsewhere Qt's wheels bring what they need
    local known soname package
    known=$(PATH="$PATH:/sbin:/usr/sbin" ldconfig -p 2>/dev/null || true)
    while read -r soname package; do
        if [ -n "$soname" ] && ! grep -qF "$soname " <<<"$known"; then echo "$package"; fi
    done <<<"$LIBRARIES"
    if ! find /usr/share/fonts /usr/local/share/fonts "$HOME/.fonts" "$HOME/.local/share/fonts" \
        \( -name '*.ttf' -o -name '*.otf' -o -name '*.ttc' \) -print -quit 2>/dev/null | grep -q .; then
        echo fonts-dejavu-core
    fi
    if ! command -v Xvfb >/dev/null; then echo xvfb; fi # the tests' display
    if ! PATH="$PATH:/usr/sbin" command -v mosquitto >/dev/null; then echo mosquitto; fi # the tests' MQTT broker
    if ! compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null && ! command -v initdb >/dev/null; then
        echo postgresql # the tests' shared history
    fi
    if ! /usr/bin/python3 -c "$RTSP_SERVER" 2>/dev/null; then # the tests' network camera
        echo gir1.2-gst-rtsp-server-1.0 python3-gi
        echo gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-ugly
    fi
}

# As root install with apt; otherwise name the one command. Neither is fatal: what cannot be done without says so.
install_or_name() {
    if ! command -v apt-get >/dev/null; then
        say "Missing from this system, by Debian's names: $*. Install what your distribution calls them."
    elif [ "$(id -u)" != 0 ]; then
        say "Missing from this system. This command installs what is needed:"
        say "  sudo apt-get install -y $*"
    else
        say "Installing with apt: $*"
        export DEBIAN_FRONTEND=noninteractive
        # Package lists that are missing (a new container has none) or old make the first try fail.
        apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1 ||
            { apt-get update -qq >&2 && apt-get install -y -qq --no-install-recommends "$@" >/dev/null; } ||
            say "apt-get could not install: $*"
    fi
}

prepare_system_and_venv() {
    local python="" version missing
    missing=$(missing_system_packages)
    if ! venv_is_good; then
        python=$(find_python)
        version=$(python_version "$python")
        if ! makes_venvs "$python"; then missing="$missing python$version-venv"; fi
    fi
    # shellcheck disable=SC2086 # one word per package
    if [ -n "$missing" ]; then install_or_name $missing; fi
    if [ -z "$python" ]; then return 0; fi
    if ! makes_venvs "$python"; then
        fail "$python cannot make virtual environments: it has no venv or no ensurepip module."
    fi
    say "Making .venv with $python ($version)"
    "$python" -m venv --clear .venv
}

install_packages() {
    say "Installing the pinned packages (TensorFlow alone is some 500 MB; this takes minutes the first time)"
    if ! .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
        -r requirements.lock; then
        fail "pip could not install requirements.lock with $(.venv/bin/python --version) on $(uname -sm)." \
            "If it found no matching distribution, a package has no wheel for this computer. They need" \
            "Debian 12, Ubuntu 22.04 or newer (on ARM Debian 13, Ubuntu 24.04), Windows 10, or macOS 14 on ARM." \
            "If a file's hash differs: a package index in your pip configuration serves other files than the lock's."
    fi
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
}

prepare_system_and_venv
install_packages
