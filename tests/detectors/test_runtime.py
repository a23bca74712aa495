"""Where networks run."""

from __future__ import annotations

import time

import numpy as np
from threadpoolctl import threadpool_info

from inspector.detectors.backbones import built_in
from inspector.detectors.runtime import Graph


def test_that_numpy_leaves_the_cores_to_graphs() -> None:
    Graph(built_in().read_bytes())
    # SciPy brings a BLAS of its own, which judging does not use and may be loaded later.
    libraries = [one for one in threadpool_info() if one["user_api"] == "blas" and "scipy.libs" not in one["filepath"]]
    assert all(one["num_threads"] == 1 for one in libraries)


def test_that_a_graph_takes_no_core_between_its_runs() -> None:
    graph = Graph(built_in().read_bytes())
    batch = np.zeros((1, 64, 64, 3), np.float32)
    graph(batch)
    started, spent = time.perf_counter(), time.process_time()
    for _ in range(10):
        graph(batch)
        time.sleep(0.05)
    assert time.process_time() - spent < 0.5 * (time.perf_counter() - started)
