"""What networks run on, and numbers of fewer bits."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime
import pytest

from inspector.core.errors import BundleError, OptionError
from inspector.detectors import METHODS, load, providers
from inspector.detectors.bundle import reading
from inspector.detectors.precision import converted
from inspector.detectors.runtime import Graph
from tests.detectors.pictures import bad, good, goods
from tests.detectors.template import constant_graph, save_template

if TYPE_CHECKING:
    from pathlib import Path

    from inspector.detectors import Detector
    from inspector.detectors.precision import Precision


@pytest.fixture(autouse=True)
def _as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(providers.VARIABLE, "cpu")


@pytest.fixture
def with_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    """An ONNX Runtime that says that it has CUDA, as one does without a card."""
    monkeypatch.setattr(
        onnxruntime, "get_available_providers", lambda: ["CUDAExecutionProvider", "CPUExecutionProvider"]
    )
    real = onnxruntime.InferenceSession
    monkeypatch.setattr(
        onnxruntime, "InferenceSession", lambda content, options, providers: real(content, options, providers[-1:])
    )


def test_that_the_processor_is_always_offered_and_in_force_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(providers.VARIABLE)
    assert providers.offered()[0] == "cpu"
    assert providers.in_force() == "cpu"


def test_that_what_is_not_installed_says_how_to_get_it(tmp_path: Path) -> None:
    bundle = save_template(tmp_path / "bundle")
    with pytest.raises(OptionError, match=r"offers no openvino.*pip install onnxruntime-openvino.*--provider cpu"):
        METHODS["dense-autoencoder"].load(bundle, provider="openvino")
    with pytest.raises(OptionError, match="Expected a provider among cpu, cuda"):
        providers.use("gpu")
    assert providers.in_force() == "cpu"


@pytest.mark.usefixtures("with_cuda")
def test_that_one_that_is_installed_and_does_not_start_is_told_of() -> None:
    with pytest.raises(OptionError, match="is installed but does not start here"):
        Graph(constant_graph(np.zeros((4, 4, 1), np.float32)), provider="cuda")


@pytest.mark.usefixtures("with_cuda")
def test_that_the_choice_holds_for_what_is_loaded_and_for_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = save_template(tmp_path / "bundle")
    providers.use("cuda")
    asked: list[str] = []

    def graph(content: bytes, *, name: str, threads: int, provider: str) -> Graph:
        asked.append(provider)
        return Graph(content, name=name, threads=threads)

    monkeypatch.setattr(reading, "Graph", graph)
    load(bundle)
    load(bundle, provider="cpu")
    assert asked == ["cuda", "cpu"]


@pytest.mark.usefixtures("with_cuda")
def test_that_golden_scores_are_held_to_a_thousandth_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = save_template(tmp_path / "bundle")
    found = reading.read(bundle)

    def off_by(share: float, provider: str) -> Detector:
        fitted = found.fitted
        golden = replace(fitted.golden, scores=fitted.golden.scores * (1 + share))
        other = replace(found, fitted=replace(fitted, golden=golden), provider=provider)
        return METHODS["dense-autoencoder"].of_bundle(other)

    assert off_by(5e-4, "cuda").is_fitted
    with pytest.raises(BundleError, match="scores its own test images differently"):
        off_by(5e-3, "cuda")
    with pytest.raises(BundleError, match="scores its own test images differently"):
        off_by(5e-4, "cpu")


@pytest.fixture(scope="module")
def padim() -> Detector:
    return METHODS["padim"](size=32).fit(goods(60))


@pytest.mark.parametrize("precision", ["fp16", "int8"])
@pytest.mark.allow_logs("root")
def test_that_graphs_of_fewer_bits_judge_are_saved_and_known_again(
    padim: Detector, tmp_path: Path, precision: Precision
) -> None:
    images = [*goods(6, first=500), bad(1)]
    small = converted(padim, precision, goods(8))
    before, after = (np.array([one.score for one in it.measure(images)]) for it in (padim, small))
    assert (before != after).any()
    assert after[-1] > after[:-1].max()
    if precision == "fp16":  # int8 is coarser than what varies on such an even surface
        assert after == pytest.approx(before, rel=0.01)
    assert (padim.fitted.record.precision, small.fitted.record.precision) == ("fp32", precision)
    small.save(tmp_path / "small")
    again = load(tmp_path / "small")
    assert again.fitted.record.precision == precision
    assert again.measure([good(3)])[0].score == pytest.approx(small.measure([good(3)])[0].score, rel=1e-5)
    if precision == "int8":
        sizes = [len(one.fitted.networks.graphs["features"].content) for one in (padim, small)]
        assert sizes[1] < 0.7 * sizes[0]
