"""Every method there is, by name. A new family is added to the list here, and nowhere else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from inspector.core.errors import BundleError, OptionError
from inspector.detectors import bundle as bundles
from inspector.detectors.autoencoder.convolutional import ConvAutoencoder
from inspector.detectors.autoencoder.denoising import DenoisingAutoencoder
from inspector.detectors.autoencoder.dense import DenseAutoencoder
from inspector.detectors.autoencoder.ssim import SsimAutoencoder
from inspector.detectors.autoencoder.superres import SuperresAutoencoder
from inspector.detectors.gan.anogan import Anogan
from inspector.detectors.gan.fanogan import Fanogan
from inspector.detectors.metric.detector import Metric
from inspector.detectors.metric.doc import DeepOneClass
from inspector.detectors.patch.padim import Padim, PatchAndPool
from inspector.detectors.patch.patchcore import Patchcore
from inspector.detectors.providers import in_force

if TYPE_CHECKING:
    from inspector.detectors.base import Detector

METHODS: dict[str, type[Detector]] = {
    one.METHOD: one
    for one in (
        PatchAndPool,
        Padim,
        Patchcore,
        Metric,
        DeepOneClass,
        DenseAutoencoder,
        ConvAutoencoder,
        DenoisingAutoencoder,
        SuperresAutoencoder,
        SsimAutoencoder,
        Fanogan,
        Anogan,
    )
}


def method(name: str) -> type[Detector]:
    """The detector class called `name`.

    Raises:
        OptionError: there is none; the text lists those there are.
    """
    if name not in METHODS:
        msg = f"Expected a method among {', '.join(METHODS)}. Received: {name}"
        raise OptionError(msg)
    return METHODS[name]


def load(path: Path | str, *, threads: int = 0, provider: str | None = None) -> Detector:
    """Load a saved detector of any method.

    Args:
        path: the bundle's folder.
        threads: how many each run of its networks may take; 0 lets ONNX Runtime decide, which is best where one image
            is judged at a time.
        provider: what its networks run on; by default what is in force for this process: see `providers`.

    Raises:
        OptionError: that is not offered here.
        BundleError: it is torn, foreign, oversized, newer, or of a method this program does not have.
    """
    bundle = bundles.read(Path(path), threads=threads, provider=in_force() if provider is None else provider)
    if bundle.method not in METHODS:
        msg = f"{bundle.path} is a {bundle.method!r} detector, which this inspector does not have. Update inspector."
        raise BundleError(msg)
    return METHODS[bundle.method].of_bundle(bundle)
