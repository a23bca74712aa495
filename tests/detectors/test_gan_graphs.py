"""The graphs of the GANs against the Keras networks they are made of."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytestmark = [pytest.mark.training, pytest.mark.timeout(300)]

LATENT, RESTARTS, WEIGHT = 8, 3, 0.3


def _networks(channels: int) -> tuple[Any, Any, Any]:
    """Generator, discriminator and encoder with weights and statistics as after a training."""
    from inspector.detectors import training
    from inspector.detectors.gan import network

    training.begin(0)
    shape = (16, 24, channels)
    models = (
        network.generator(shape, LATENT, 4, 0.9),
        network.discriminator(shape, 4),
        network.encoder(shape, LATENT, 4),
    )
    rng = np.random.default_rng(0)
    for model in models:
        for one in model.weights:
            values = rng.normal(0, 0.3, one.shape)
            one.assign(np.abs(values) + 0.1 if "variance" in one.path else values)
    return models


@pytest.mark.parametrize("channels", [1, 3])
def test_that_loss_and_gradient_of_a_search_step_are_those_that_tensorflow_derives(channels: int) -> None:
    generator, discriminator, _ = _networks(channels)
    import tensorflow as tf

    from inspector.detectors.gan.graphs import features_graph, search_graph
    from inspector.detectors.gan.layers import network_of

    seen = network_of(discriminator, until=-1)
    rng = np.random.default_rng(1)
    image = rng.random((1, channels, 16, 24), np.float32)
    counts = (rng.random((1, 1, 16, 24)) > 0.2).astype(np.float32)
    z = rng.normal(size=(RESTARTS, LATENT)).astype(np.float32)
    [features] = features_graph(seen)(image)
    graph = search_graph(network_of(generator), seen, WEIGHT, RESTARTS)
    ours = dict(
        zip(
            graph.outputs,
            graph.run({"z": z, "image": image, "counts": counts, "features": features}),
            strict=True,
        )
    )

    there, where, at = (
        tf.constant(np.moveaxis(one, 1, -1)) if one.ndim == 4 else tf.constant(one) for one in (image, counts, z)
    )
    with tf.GradientTape() as tape:
        tape.watch(at)
        made = generator(at, training=False) * where + there * (1 - where)
        residual = tf.reduce_sum(tf.abs(made - there), (1, 2, 3)) / (tf.reduce_sum(where) * channels)
        difference = discriminator(made, training=False)[1] - discriminator(there, training=False)[1]
        discrimination = tf.reduce_mean(tf.abs(difference), 1)
        loss = (1 - WEIGHT) * residual + WEIGHT * discrimination
    gradient = tape.gradient(loss, at).numpy()

    assert ours["residual"] == pytest.approx(residual.numpy(), rel=1e-4)
    assert ours["discrimination"] == pytest.approx(discrimination.numpy(), rel=1e-4)
    assert ours["loss"] == pytest.approx(loss.numpy(), rel=1e-4)
    assert ours["gradient"] == pytest.approx(gradient, rel=1e-3, abs=1e-4 * float(np.abs(gradient).max()))
    assert np.moveaxis(ours["generated"], 1, -1) == pytest.approx(made.numpy(), abs=1e-5)


def test_that_one_pass_gives_what_the_networks_give_one_after_the_other() -> None:
    generator, discriminator, encoder = _networks(3)
    from inspector.detectors.gan.graphs import one_pass_graph
    from inspector.detectors.gan.layers import network_of

    graph = one_pass_graph(network_of(encoder), network_of(generator), network_of(discriminator, until=-1))
    image = np.random.default_rng(2).random((2, 3, 16, 24), np.float32)
    made, discrimination = graph.run({"image": image, "counts": np.ones((2, 1, 16, 24), np.float32)})
    batch = np.moveaxis(image, 1, -1)
    expected = np.asarray(generator(encoder(batch, training=False), training=False))
    features = [np.asarray(discriminator(one, training=False)[1]) for one in (expected, batch)]
    assert np.moveaxis(made, 1, -1) == pytest.approx(expected, abs=1e-4)
    assert discrimination == pytest.approx(np.abs(features[0] - features[1]).mean(axis=1), rel=1e-3)


def test_that_a_search_comes_closer_is_repeatable_and_can_be_cancelled_in_the_middle() -> None:
    generator, discriminator, _ = _networks(1)
    from inspector.core.errors import Cancelled
    from inspector.detectors.gan.graphs import features_graph, search_graph
    from inspector.detectors.gan.layers import network_of
    from inspector.detectors.gan.search import search

    seen = network_of(discriminator, until=-1)
    graph = search_graph(network_of(generator), seen, WEIGHT, RESTARTS)
    z = np.random.default_rng(5).normal(size=(1, LATENT)).astype(np.float32)
    image = np.ascontiguousarray(np.moveaxis(np.asarray(generator(z, training=False)), -1, 1))
    counts = np.ones((1, 1, 16, 24), np.float32)
    [features] = features_graph(seen)(image)
    first, again = (search(graph, image, counts, features, steps=60, rate=0.1, seed=0) for _ in range(2))
    assert first.loss == again.loss == first.losses[-1]
    assert first.loss < 0.8 * first.losses[0]
    assert first.loss == pytest.approx((1 - WEIGHT) * first.residual + WEIGHT * first.discrimination, rel=1e-5)
    assert first.generated.shape == image.shape[1:]

    count = 0

    def cancel() -> None:
        nonlocal count
        count += 1
        if count > 7:
            raise Cancelled

    with pytest.raises(Cancelled):
        search(graph, image, counts, features, steps=60, rate=0.1, seed=0, between=cancel)
    assert count == 8
