"""Every benchmark there is, by name. A new one is a module with a `BENCHMARK`, added to the list here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmarks import (
    appearance,
    autoencoders,
    choices,
    codes,
    drawn,
    false_alarms,
    feed_rate,
    gan,
    glass,
    hands,
    kinds,
    large_pictures,
    large_training,
    latency,
    metric,
    peers,
    published,
    real,
    record,
    scale,
    selection,
    surfaces,
    throughput,
    window,
)

if TYPE_CHECKING:
    from tests.benchmarks.harness import Benchmark

BENCHMARKS: dict[str, Benchmark] = {
    one.name: one
    for one in (
        published.BENCHMARK,
        real.BENCHMARK,
        surfaces.BENCHMARK,
        selection.BENCHMARK,
        peers.BENCHMARK,
        false_alarms.BENCHMARK,
        large_training.BENCHMARK,
        large_pictures.BENCHMARK,
        autoencoders.BENCHMARK,
        choices.BENCHMARK,
        codes.BENCHMARK,
        metric.BENCHMARK,
        metric.CHOICES_BENCHMARK,
        drawn.BENCHMARK,
        hands.BENCHMARK,
        kinds.BENCHMARK,
        gan.BENCHMARK,
        latency.BENCHMARK,
        throughput.BENCHMARK,
        throughput.FIRST_BENCHMARK,
        scale.BENCHMARK,
        window.STARTUP_BENCHMARK,
        window.RESPONSIVENESS_BENCHMARK,
        feed_rate.BENCHMARK,
        glass.BENCHMARK,
        record.BENCHMARK,
        appearance.BENCHMARK,
    )
}
