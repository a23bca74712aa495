"""Compare methods: train several on the same images, measure them on the same others, and say which to take.

(`jobs.compare` puts detectors side by side that are saved already.)
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from inspector.core.errors import InspectorError, OptionError
from inspector.core.events import Event, Listener, PartBegan, PartEnded, Stage, Warned, ignore
from inspector.core.files import whole_file
from inspector.detectors import METHODS, method
from inspector.detectors.bundle import MANIFEST
from inspector.detectors.fitting import versions
from inspector.jobs.recommend import recommend
from inspector.jobs.split import Split, split_of
from inspector.jobs.trial import Trial, try_method
from inspector.reports.methods import Compared, MethodRow, write_methods

Attempt: TypeAlias = Callable[[Trial, Listener], MethodRow]
"""Tries one method: `try_method`, here or in a process of its own."""

BUNDLES = "detectors"
"""The folder of the bundles, below a comparison's."""

_PLAIN = TypeAdapter(dict[str, Any])


@dataclass(frozen=True, slots=True)
class MethodsJob:
    """What to compare. Plain values only.

    Attributes:
        dataset: a workspace, or a folder of images; see `jobs.split`.
        methods: the registry's names, in the order in which they are tried.
        out: the folder for the report, and for the bundles below `detectors/`.
        options: for each method that has one of that name; `method.name` speaks to one method alone.
        seed: by which the split is drawn; methods have their own.
        afresh: train those too that were finished before.
    """

    dataset: Path
    methods: tuple[str, ...]
    out: Path
    options: dict[str, Any] = field(default_factory=dict)
    seed: int = 0
    afresh: bool = False


class _Finished(BaseModel):
    """A method's figures as they are kept, so that it is not trained again."""

    model_config = ConfigDict(ser_json_inf_nan="constants")
    key: str
    row: MethodRow


def compare_methods(job: MethodsJob, listener: Listener = ignore, *, attempt: Attempt = try_method) -> Compared:
    """Try each method in turn and write the report.

    A method that fails is a row with its reason, and the rest goes on. Methods finished before, by a comparison with
    the same options on the same files, are taken from `out`: one that was cancelled goes on where it was.

    Args:
        job: see there.
        listener: hears `PartBegan` and `PartEnded`, whose outcome is a `MethodRow`, for each method, and between them
            what its training and measuring tell; names of stages begin with the method's.
        attempt: tries one.

    Raises:
        OptionError: a method or an option is not known or not allowed; nothing was trained.
        SourceError: the folder is missing or holds no images.
        DataError: there are too few normal images.
        OutputError: the report cannot be written.
    """
    configs = {name: options_for(name, job.methods, job.options) for name in dict.fromkeys(job.methods)}
    split = split_of(job.dataset, job.seed)
    if not configs:
        msg = f"Choose at least one method to compare, among {', '.join(METHODS)}."
        raise OptionError(msg)
    rows = []
    for name, options in configs.items():
        listener(PartBegan(name))
        row = _one(job, name, options, split, listener, attempt)
        rows.append(row)
        listener(PartEnded(name, row))
    listener(Stage("Writing the report"))
    compared = Compared(
        dataset=job.dataset.resolve().name,
        train=len(split.train),
        held_out=split.held_out,
        rows=tuple(rows),
        recommendation=recommend(rows),
    )
    write_methods(job.out, compared)
    return compared


def options_for(name: str, methods: tuple[str, ...], options: Mapping[str, Any]) -> dict[str, Any]:
    """Those of `options` that the method called `name` has, checked.

    Raises:
        OptionError: one is known to none of `methods`, speaks to none of them, or is not allowed.
    """
    own: dict[str, Any] = {}
    for key, value in options.items():
        to, dot, short = key.rpartition(".")
        if dot and to not in methods:
            msg = f"The option {key} speaks to a method that is not compared. There are: {', '.join(methods)}."
            raise OptionError(msg)
        if not any(short in method(one).Options.model_fields for one in methods if to in {"", one}):
            msg = f"None of the methods {', '.join([to] if to else methods)} has an option {short!r}."
            raise OptionError(msg)
        if to in {"", name} and short in method(name).Options.model_fields:
            own[short] = value
    try:
        return method(name)(**own).config()
    except OptionError as error:
        msg = f"{name}: {error}"
        raise OptionError(msg) from error


def _one(
    job: MethodsJob, name: str, options: dict[str, Any], split: Split, listener: Listener, attempt: Attempt
) -> MethodRow:
    bundle, kept = job.out / BUNDLES / name, job.out / BUNDLES / f"{name}.json"
    key = _key(name, options, split)
    if not job.afresh and (before := _kept(kept, key)) is not None and (bundle / MANIFEST).is_file():
        return replace(before, bundle=bundle)
    listener(Stage(f"{name}: starting"))
    trial = Trial(name, job.dataset, bundle, options, job.seed)
    try:
        row = attempt(trial, partial(_tell, listener, name))
    except InspectorError as error:
        return _failed(name, str(error))
    except Exception as error:  # noqa: BLE001 - a bug in one method must not take the others' hours along
        return _failed(name, f"This is a bug in inspector: {type(error).__name__}: {error}")
    with whole_file(kept) as file:
        file.write_text(_Finished(key=key, row=row).model_dump_json(indent=1), encoding="utf-8")
    return row


def _failed(name: str, reason: str) -> MethodRow:
    known = METHODS[name]
    return MethodRow(name, known.TITLE, known.HAS_MAP, failed=reason)


def _tell(listener: Listener, name: str, event: Event) -> None:
    """Pass on what a method tells, under its name."""
    match event:
        case Stage(stage, total):
            listener(Stage(f"{name}: {stage[0].lower()}{stage[1:]}", total))
        case Warned(message):
            listener(Warned(f"{name}: {message}"))
        case _:
            listener(event)


def _key(name: str, options: dict[str, Any], split: Split) -> str:
    parts = {"method": name, "options": options, "split": split.digest(), "versions": versions()}
    return hashlib.sha256(_PLAIN.dump_json(parts)).hexdigest()


def _kept(path: Path, key: str) -> MethodRow | None:
    try:
        finished = _Finished.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
    return finished.row if finished.key == key else None
