"""The training steps of the GANs, as TensorFlow runs them. Imported only while training."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import keras
import tensorflow as tf

Losses: TypeAlias = dict[str, Any]
"""Of one step: `generator` and `discriminator`, and `encoder` where there is one; scalar tensors."""


_SURE = 0.9
"""What the discriminator is to say of a real image (one-sided label smoothing, Salimans et al. 2016): one that is quite
sure leaves the generator no gradient to learn by."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Of Adam: `learning_rate`, and how quickly its two averages fade."""

    learning_rate: float
    fading: float
    fading_squares: float = 0.999

    def optimizer(self, model: Any) -> Any:
        """Adam for a model, its state made at once: a traced function may not make any."""
        made = keras.optimizers.Adam(self.learning_rate, beta_1=self.fading, beta_2=self.fading_squares)
        made.build(model.trainable_variables)
        return made


class Dcgan:
    """Generator and discriminator against each other by cross-entropy (Goodfellow et al. 2014; Radford et al. 2016).

    The generator's loss is the one that does not saturate. Both take their step from the same forward pass.
    """

    REALS = 1
    """Batches of images a step takes."""
    DRAWS = 1
    """Batches of z a step takes."""

    def __init__(self, generator: Any, discriminator: Any, rates: Rates) -> None:
        """Train these two models, from where they are."""
        self.generator, self.discriminator = generator, discriminator
        slower = replace(rates, learning_rate=rates.learning_rate / 2)
        self._optimizers = rates.optimizer(generator), slower.optimizer(discriminator)
        self.step = tf.function(self._step)

    def _step(self, reals: Any, zs: Any) -> Losses:
        with tf.GradientTape() as made, tf.GradientTape() as told:
            fake = self.generator(zs[0], training=True)
            real_is, fake_is = self.discriminator(reals[0])[0], self.discriminator(fake)[0]
            fooling = tf.reduce_mean(tf.nn.softplus(-fake_is))
            telling = tf.reduce_mean(tf.nn.softplus(fake_is)) + tf.reduce_mean(
                _SURE * tf.nn.softplus(-real_is) + (1 - _SURE) * tf.nn.softplus(real_is)
            )
        _apply(made, fooling, self.generator, self._optimizers[0])
        _apply(told, telling, self.discriminator, self._optimizers[1])
        return {"generator": fooling, "discriminator": telling}


class Wgan:
    """A critic of Wasserstein's distance with a penalty on its gradient (Gulrajani et al. 2017), and an encoder.

    The encoder learns from each batch as well, by the izi_f loss (Schlegl et al. 2019, equation 5): the squared
    difference of pixels, and of the critic's features, between an image and what is generated from its code. `settle`
    trains it alone, with the other two as they came out.
    """

    DRAWS: int
    REALS: int

    def __init__(
        self,
        generator: Any,
        discriminator: Any,
        encoder: Any,
        rates: Rates,
        *,
        encoder_rates: Rates,
        critic: int,
        penalty: float,
        kappa: float,
    ) -> None:
        """Train these three models, from where they are.

        Args:
            generator: from z to images.
            discriminator: the critic, with its features as second output.
            encoder: from images to z.
            rates: of the first two.
            encoder_rates: of the encoder.
            critic: steps of the critic for each of the generator.
            penalty: weight of the penalty on gradients.
            kappa: weight of the features in the encoder's loss.
        """
        self.generator, self.discriminator, self.encoder = generator, discriminator, encoder
        self._critic, self._penalty, self._kappa = critic, penalty, kappa
        self.REALS, self.DRAWS = critic, critic + 1
        self._optimizers = rates.optimizer(generator), rates.optimizer(discriminator)
        self._encoding = encoder_rates.optimizer(encoder)
        self.step = tf.function(self._step)
        self.settle = tf.function(self._settle)

    def _step(self, reals: Any, zs: Any, shares: Any) -> Losses:
        distance = tf.constant(0.0)
        for number in range(self._critic):
            distance = self._judge_better(reals[number], zs[number], shares[number])
        with tf.GradientTape() as tape:
            fooling = -tf.reduce_mean(self.discriminator(self.generator(zs[self._critic], training=True))[0])
        _apply(tape, fooling, self.generator, self._optimizers[0])
        return {"generator": fooling, "discriminator": distance, "encoder": self._encode_better(reals[0])}

    def _settle(self, reals: Any, zs: Any) -> Losses:
        """A step of the encoder alone; the losses of the others are those of networks that learn no more."""
        fake_is = tf.reduce_mean(self.discriminator(self.generator(zs[0], training=False))[0])
        real_is = tf.reduce_mean(self.discriminator(reals[0])[0])
        encoding = self._encode_better(reals[0])
        return {"generator": -fake_is, "discriminator": fake_is - real_is, "encoder": encoding}

    def _judge_better(self, real: Any, z: Any, share: Any) -> Any:
        fake = self.generator(z, training=True)
        between = share * real + (1 - share) * fake
        with tf.GradientTape() as tape:
            distance = tf.reduce_mean(self.discriminator(fake)[0]) - tf.reduce_mean(self.discriminator(real)[0])
            with tf.GradientTape() as inner:
                inner.watch(between)
                judged = self.discriminator(between)[0]
            steepness = tf.sqrt(tf.reduce_sum(tf.square(inner.gradient(judged, between)), (1, 2, 3)) + 1e-12)
            loss = distance + self._penalty * tf.reduce_mean(tf.square(steepness - 1))
        _apply(tape, loss, self.discriminator, self._optimizers[1])
        return distance

    def _encode_better(self, real: Any) -> Any:
        aim = self.discriminator(real)[1]
        with tf.GradientTape() as tape:
            made = self.generator(self.encoder(real), training=False)
            loss = tf.reduce_mean(tf.square(made - real))
            loss += self._kappa * tf.reduce_mean(tf.square(self.discriminator(made)[1] - aim))
        _apply(tape, loss, self.encoder, self._encoding)
        return loss


def _apply(tape: Any, loss: Any, model: Any, optimizer: Any) -> None:
    variables = model.trainable_variables
    optimizer.apply(tape.gradient(loss, variables), variables)
