"""A saved detector on disk: a folder of JSON, ONNX and plain arrays. Loading one runs no code of it.

bundle.json      what it is, how it was trained, and the SHA-256 of each file below
threshold.json   threshold, map threshold and the rule; replaced alone when the threshold is set anew
NAME.onnx        the exported networks
arrays.npz       what judging needs beside them
calibration.npz  scores of images that were not trained on, and how some training images looked
evidence.npz     what those scores are made of anew when an option changes that only judging looks at
golden.npz       a few images that are scored again on loading
steps/NUMBER/    what it was before the last lessons, so that they can be taken back; not sent on with it

`layout` says what the files are called, what stands in them and how large they may be; `writing` writes them,
`reading` reads them and trusts none.
"""

from inspector.detectors.bundle.layout import FORMAT, MANIFEST, THRESHOLD
from inspector.detectors.bundle.reading import Bundle, Peeked, peek, read
from inspector.detectors.bundle.steps import steps_of, undo
from inspector.detectors.bundle.writing import write, write_threshold

__all__ = [
    "FORMAT",
    "MANIFEST",
    "THRESHOLD",
    "Bundle",
    "Peeked",
    "peek",
    "read",
    "steps_of",
    "undo",
    "write",
    "write_threshold",
]
