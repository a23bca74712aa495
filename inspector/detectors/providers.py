"""What networks run on: the processor, or what else the installed ONNX Runtime offers.

Training never asks; only what is loaded to judge does. One choice holds for a process and those it starts, so it lies
in an environment variable: workers, children of the window and feeds judge on the same.
"""

from __future__ import annotations

import os

from inspector.core.errors import OptionError

CPU = "cpu"

VARIABLE = "INSPECTOR_PROVIDER"
"""The environment variable that names the provider in force."""

PARITY = 1e-3
"""How far, relatively, a bundle's own images may score on another provider, or at another precision, from what they
scored on the processor: their arithmetic rounds otherwise."""

EXECUTION = {
    CPU: "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "directml": "DmlExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
}
"""Our names, and ONNX Runtime's."""

TITLES = {
    CPU: "Processor",
    "cuda": "NVIDIA graphics card (CUDA)",
    "directml": "Graphics card (DirectML)",
    "coreml": "Apple processor (Core ML)",
    "openvino": "Intel processor or graphics (OpenVINO)",
}

_INSTALL = {
    "cuda": "pip install onnxruntime-gpu in place of onnxruntime, with CUDA and cuDNN",
    "directml": "on Windows, pip install onnxruntime-directml in place of onnxruntime",
    "coreml": "on macOS, onnxruntime has it",
    "openvino": "pip install onnxruntime-openvino in place of onnxruntime",
}


class ProviderError(OptionError):
    """A provider is not known, not installed, or does not start."""


def offered() -> list[str]:
    """Those of our names that the installed ONNX Runtime has; the processor first."""
    import onnxruntime

    there = set(onnxruntime.get_available_providers())
    return [name for name, execution in EXECUTION.items() if execution in there]


def how_to_get(name: str) -> str:
    """How a provider that is not offered is installed."""
    return _INSTALL[name]


def check(name: str) -> str:
    """See that `name` is a provider that is offered here, and give it.

    Raises:
        ProviderError: it is none, or not installed; the text says how it is.
    """
    if name not in EXECUTION:
        msg = f"Expected a provider among {', '.join(EXECUTION)}. Received: {name!r}"
        raise ProviderError(msg)
    if name not in (there := offered()):
        msg = (
            f"The installed ONNX Runtime offers no {name} ({TITLES[name]}); it has: {', '.join(there)}. To get it: "
            f"{_INSTALL[name]}. Or judge with --provider cpu."
        )
        raise ProviderError(msg)
    return name


def use(name: str) -> None:
    """Judge on this from now on, in this process and those it starts.

    Raises:
        ProviderError: as `check`; nothing changes.
    """
    os.environ[VARIABLE] = check(name)


def in_force() -> str:
    """What is judged on.

    Raises:
        ProviderError: the environment names one that is not offered.
    """
    name = os.environ.get(VARIABLE, CPU).strip().lower() or CPU
    return name if name == CPU else check(name)
