"""Keras: set up, trained with, exported from. Imported by training functions only, so judging never pays for it."""

from __future__ import annotations

import os
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from inspector.detectors.runtime import Graph


@contextmanager
def _silence() -> Iterator[None]:
    """Keep TensorFlow's start-up chatter about absent GPUs off the terminal.

    It is written by C++ before any log level holds, so the file descriptor
    itself is turned away; what fails to import still raises.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    try:
        kept = os.dup(2)
    except OSError:  # there is no standard error, as in a windowed program on Windows
        yield
        return
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        os.close(nowhere)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


with _silence():
    import keras
    import tensorflow as tf

# Its advice about retracing speaks to those who write TensorFlow programs, not to those who train detectors.
tf.get_logger().setLevel("ERROR")

BatchOf: TypeAlias = Callable[[int, int], tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]]
"""Gives (inputs, targets) for an epoch and a step of it."""
AfterEpoch: TypeAlias = Callable[[int, Mapping[str, float]], bool]
"""Hears the epoch (from 0) and Keras' numbers; says whether to stop."""


def adam(learning_rate: float) -> Any:
    """Keras' Adam."""
    return keras.optimizers.Adam(learning_rate)


def begin(seed: int) -> None:
    """Make everything random follow `seed`, and every operation give the same result each time."""
    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()


class _Batches(keras.utils.PyDataset):
    """Hands Keras the batches of an epoch; made in the calling thread, so that their order is fixed."""

    def __init__(self, batch_of: BatchOf, steps: int) -> None:
        super().__init__(workers=1, use_multiprocessing=False)
        self._batch_of = batch_of
        self._steps = steps
        self._epoch = 0

    def __len__(self) -> int:
        return self._steps

    def __getitem__(self, step: int) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        return self._batch_of(self._epoch, step)

    def on_epoch_end(self) -> None:
        self._epoch += 1


class _Watch(keras.callbacks.Callback):
    """Tells of batches and epochs. What the listener raises ends the training on the spot."""

    def __init__(self, after_batch: Callable[[], None], after_epoch: AfterEpoch) -> None:
        super().__init__()
        self._after_batch = after_batch
        self._after_epoch = after_epoch

    def on_train_batch_end(self, batch: int, logs: Mapping[str, float] | None = None) -> None:
        del batch, logs
        self._after_batch()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        if self._after_epoch(epoch, logs or {}):
            self.model.stop_training = True


def run(
    model: Any,
    batch_of: BatchOf,
    *,
    epochs: int,
    steps: int,
    after_batch: Callable[[], None],
    after_epoch: AfterEpoch,
) -> None:
    """Train a compiled Keras model.

    Args:
        model: compiled.
        batch_of: gives the batches.
        epochs: how many at most.
        steps: batches an epoch.
        after_batch: called after each; may raise `Cancelled`.
        after_epoch: called after each; may raise `Cancelled`, and ends the training by saying True.
    """
    model.fit(
        _Batches(batch_of, steps),
        epochs=epochs,
        verbose=0,
        shuffle=False,
        callbacks=[_Watch(after_batch, after_epoch)],
    )


def forward(model: Any) -> Callable[[npt.NDArray[np.float32]], npt.NDArray[np.float32]]:
    """The model as a function of a batch of any length, for looking on while it trains."""
    traced = tf.function(lambda batch: model(batch, training=False), reduce_retracing=True)
    return lambda batch: np.asarray(traced(tf.constant(batch)))


def export(model: Any, name: str) -> Graph:
    """Export a Keras model to ONNX by Keras' own exporter, for any number of inputs at once."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of tf2onnx, about NumPy's old names
        path = Path(folder) / f"{name}.onnx"
        # An untraced model exports with the wrong signature: it is called once first.
        model(np.zeros((1, *model.input_shape[1:]), np.float32), training=False)
        model.export(str(path), format="onnx", verbose=False)
        return Graph(path.read_bytes(), name=name)
