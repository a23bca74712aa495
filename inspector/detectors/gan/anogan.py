"""`anogan`: searches what the generator makes that resembles an image most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field

from inspector.detectors.fitted import Networks, Trained
from inspector.detectors.gan.detector import Gan, GanOptions, Generated, channels_first, channels_last
from inspector.detectors.gan.search import search

if TYPE_CHECKING:
    from inspector.core.events import Listener
    from inspector.detectors.fitting import TrainingData
    from inspector.detectors.gan.detector import Values
    from inspector.imaging.placement import Batch

_SEARCH, _FEATURES = "search", "features"


class AnoganOptions(GanOptions):
    """What `anogan` can be told."""

    epochs: int = Field(default=60, ge=1, le=100_000, description="how often to go over the images")
    search_steps: int = Field(default=50, ge=1, le=10_000, description="of the search for each image")
    search_rate: float = Field(default=0.1, gt=0, le=10, description="of the search's Adam")
    restarts: int = Field(default=2, ge=1, le=256, description="places where the search begins; the best is kept")


class Anogan(Gan):
    """AnoGAN (Schlegl et al. 2017): a GAN of normal images, and a gradient search in its latent space."""

    METHOD = "anogan"
    TITLE = "AnoGAN"
    SUMMARY = "Searches what a generator of good parts makes that is most alike; slow; says where."
    DETAILS = (*Gan.DETAILS, "losses", "path")
    Options = AnoganOptions
    options: AnoganOptions
    TOLERANCE = 0.02  # a search follows the last digits of its gradients, which differ from processor to processor

    def _train(self, data: TrainingData, listener: Listener) -> Trained:
        from inspector.detectors import training
        from inspector.detectors.gan import network
        from inspector.detectors.gan.adversarial import Dcgan, Rates
        from inspector.detectors.gan.graphs import features_graph, search_graph
        from inspector.detectors.gan.layers import network_of
        from inspector.detectors.gan.training import Schedule, Step, Training

        options = self.options
        training.begin(data.seed)
        generator = network.generator(data.shape, options.latent, options.filters, options.momentum)
        discriminator = network.discriminator(data.shape, options.filters)
        rivals = Dcgan(generator, discriminator, Rates(options.learning_rate, 0.5))
        schedule = Schedule(options.epochs, options.steps, options.batch)
        course = Training(data, options.latent, schedule, options.augmentation(), training.forward(generator), listener)
        step = Step(rivals.step, rivals.REALS, rivals.DRAWS)
        course.run(step, range(options.epochs), total_steps=course.steps(step) * options.epochs)
        made, told = network_of(generator), network_of(discriminator, until=-1)
        graphs = {
            _SEARCH: search_graph(made, told, options.weight, options.restarts),
            _FEATURES: features_graph(told),
        }
        return Trained(Networks(graphs), course.curves)

    def _generated(self, networks: Any, batch: Batch, counts: Values) -> Generated:
        options = self.options
        found = []
        for image, counting in zip(channels_first(batch), counts, strict=True):
            [features] = networks.graphs[_FEATURES](image[np.newaxis])
            found.append(
                search(
                    networks.graphs[_SEARCH],
                    image[np.newaxis],
                    counting[np.newaxis],
                    features,
                    steps=options.search_steps,
                    rate=options.search_rate,
                    seed=options.seed,
                    between=self.pulse,
                )
            )
        return Generated(
            channels_last(np.stack([one.generated for one in found])),
            np.array([one.discrimination for one in found], np.float32),
            {
                "losses": np.stack([one.losses for one in found]),
                "path": np.stack([channels_last(np.stack(one.path)) for one in found]),
            },
        )
