"""The only place that runs networks: exported graphs on ONNX Runtime."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from inspector.core.errors import BundleError
from inspector.detectors.providers import CPU, EXECUTION, TITLES, ProviderError, check

if TYPE_CHECKING:
    from collections.abc import Mapping

Arrays = dict[str, npt.NDArray[np.generic]]

GRAPH_BATCH = 32
"""How many images go through a graph at once at most: memory stays bounded however many are measured."""


class Graph:
    """An exported network, ready to run.

    Not copied, not pickled: `content` (the ONNX file's bytes) is what travels.
    """

    def __init__(self, content: bytes, *, name: str = "network", threads: int = 0, provider: str = CPU) -> None:
        """Load the graph.

        Args:
            content: an ONNX file.
            name: what messages call it.
            threads: how many threads one run may take; 0 lets ONNX Runtime decide.
            provider: what it runs on, as `providers` calls it; what that cannot do runs on the processor.

        Raises:
            BundleError: ONNX Runtime does not accept it.
            ProviderError: the provider is not offered here, or does not start.
        """
        import onnxruntime

        _leave_cores_to_graphs()
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3  # errors: its warnings speak of optimisations, to nobody's use
        options.intra_op_num_threads = threads
        # Threads that spin between frames take a core from the camera and the screen for nothing. Within a run they
        # may: a network of a millisecond takes four fifths of what it takes when they are woken for every layer.
        options.add_session_config_entry("session.force_spinning_stop", "1")
        wanted = EXECUTION[CPU if provider == CPU else check(provider)]
        if provider == "directml":
            # onnxruntime.ai/docs/execution-providers/DirectML-ExecutionProvider.html: it takes neither.
            options.enable_mem_pattern = False
            options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        try:
            self._session = onnxruntime.InferenceSession(
                content, options, providers=list(dict.fromkeys([wanted, EXECUTION[CPU]]))
            )
        except Exception as error:  # ONNX Runtime's exceptions share no base but Exception
            msg = f"The graph {name!r} cannot be loaded by ONNX Runtime: {error}"
            raise BundleError(msg) from error
        # One that is installed but finds no card or driver is passed over without a word.
        if wanted not in self._session.get_providers():
            msg = (
                f"{TITLES[provider]} is installed but does not start here: its driver or card is missing. Judge with "
                "--provider cpu, or choose Menu, Judge on, Processor."
            )
            raise ProviderError(msg)
        self.content = content
        self.inputs = tuple(one.name for one in self._session.get_inputs())
        self.outputs = tuple(one.name for one in self._session.get_outputs())
        self.input_shape: tuple[int | None, ...] = tuple(
            size if isinstance(size, int) else None for size in self._session.get_inputs()[0].shape
        )

    def __call__(self, batch: npt.NDArray[np.float32]) -> list[npt.NDArray[np.float32]]:
        """Run a batch `(N, …)` through the graph and give its outputs in their order."""
        answers: list[npt.NDArray[np.float32]] = self._session.run(None, {self.inputs[0]: batch})
        return answers

    def run(self, feeds: Mapping[str, npt.NDArray[np.generic]]) -> list[npt.NDArray[np.float32]]:
        """Run a graph of several inputs, given by name, and give its outputs in their order."""
        answers: list[npt.NDArray[np.float32]] = self._session.run(None, dict(feeds))
        return answers


@cache
def _leave_cores_to_graphs() -> None:
    """Let NumPy multiply on one thread, in the whole process and once.

    The threads of its BLAS spin for a while after each product, as those of a graph do after each layer, and where
    there are few cores each keeps the other from running: `patch-and-pool` took 16 to 40 ms a picture where its graph
    takes 9 and its distances 3. Judging multiplies small matrices, for which one thread is as good as two.
    """
    from threadpoolctl import threadpool_limits

    threadpool_limits(1, user_api="blas")


def providers() -> list[str]:
    """What ONNX Runtime could run on here, best first."""
    import onnxruntime

    names: list[str] = onnxruntime.get_available_providers()
    return names
