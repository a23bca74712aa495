"""`f-anogan`: an encoder finds at once what `anogan` searches for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field

from inspector.detectors.fitted import Networks, Trained
from inspector.detectors.gan.detector import Gan, GanOptions, Generated, channels_first, channels_last

if TYPE_CHECKING:
    from inspector.core.events import Listener
    from inspector.detectors.fitting import TrainingData
    from inspector.detectors.gan.detector import Values
    from inspector.imaging.placement import Batch

_GRAPH = "one_pass"


class FanoganOptions(GanOptions):
    """What `f-anogan` can be told."""

    epochs: int = Field(default=60, ge=1, le=100_000, description="how often to go over the images")
    settling: float = Field(
        default=0.3, ge=0, lt=1, description="share of the epochs, the last ones, in which only the encoder learns"
    )
    critic: int = Field(default=3, ge=1, le=20, description="steps of the critic for each of the generator")
    penalty: float = Field(default=10.0, ge=0, le=1000, description="weight of the penalty on the critic's gradients")
    kappa: float = Field(default=1.0, ge=0, le=1000, description="weight of the features in the encoder's loss")
    encoder_rate: float = Field(default=5e-4, gt=0, le=1, description="of Adam, for the encoder")


class Fanogan(Gan):
    """f-AnoGAN (Schlegl et al. 2019): WGAN-GP, and an encoder trained with the izi_f loss; one pass an image."""

    METHOD = "f-anogan"
    TITLE = "f-AnoGAN"
    SUMMARY = "Compares with what a generator of good parts makes of it in one pass; says where."
    Options = FanoganOptions
    options: FanoganOptions

    def _train(self, data: TrainingData, listener: Listener) -> Trained:
        from inspector.detectors import training
        from inspector.detectors.gan import network
        from inspector.detectors.gan.adversarial import Rates, Wgan
        from inspector.detectors.gan.graphs import one_pass_graph
        from inspector.detectors.gan.layers import network_of
        from inspector.detectors.gan.training import Schedule, Step, Training

        options = self.options
        training.begin(data.seed)
        generator = network.generator(data.shape, options.latent, options.filters, options.momentum)
        critic = network.discriminator(data.shape, options.filters)
        encoder = network.encoder(data.shape, options.latent, options.filters)
        rivals = Wgan(
            generator,
            critic,
            encoder,
            Rates(options.learning_rate, 0.0, 0.9),
            encoder_rates=Rates(options.encoder_rate, 0.9),
            critic=options.critic,
            penalty=options.penalty,
            kappa=options.kappa,
        )
        shares = np.random.default_rng([data.seed, 3])

        def compete(reals: Values, zs: Values) -> dict[str, Any]:
            shape = (options.critic, reals.shape[1], 1, 1, 1)
            losses: dict[str, Any] = rivals.step(reals, zs, shares.random(shape, np.float32))
            return losses

        course = Training(
            data,
            options.latent,
            Schedule(options.epochs, options.steps, options.batch),
            options.augmentation(),
            training.forward(generator),
            listener,
        )
        first, last = Step(compete, rivals.REALS, rivals.DRAWS), Step(rivals.settle, 1, 1)
        competing = max(1, round(options.epochs * (1 - options.settling)))
        total = course.steps(first) * competing + course.steps(last) * (options.epochs - competing)
        course.run(first, range(competing), total_steps=total)
        course.run(last, range(competing, options.epochs), total_steps=total)
        graph = one_pass_graph(network_of(encoder), network_of(generator), network_of(critic, until=-1))
        return Trained(Networks({_GRAPH: graph}), course.curves)

    def _generated(self, networks: Any, batch: Batch, counts: Values) -> Generated:
        images, discrimination = networks.graphs[_GRAPH].run({"image": channels_first(batch), "counts": counts})
        return Generated(channels_last(images), discrimination)
