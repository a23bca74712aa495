"""Which outputs there are: `outputs.toml` in the program's own settings.

Not in the workspace: a workspace is handed from one person to another, and must neither carry passwords nor start
commands where it is opened.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated, ClassVar, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator, model_validator

from inspector.core.errors import OptionError, OutputError
from inspector.core.files import whole_file
from inspector.outputs.message import EVENTS

FILE = "outputs.toml"
_LIMIT = 1_000_000
_PORTS = 65_535

Event: TypeAlias = Literal["ng", "ok", "unreadable", "lost", "changed"]


class _Common(BaseModel):
    """What every output has.

    Attributes:
        name: what a person calls it; no two have the same.
        enabled: whether it is used.
        on: what it is told, of `EVENTS`.
        seconds_apart: messages come so far apart at least; what happens in between is counted and not told. 0..3600.
        timeout: seconds that one delivery may take, in 0.1..60.
        room: how many messages may wait while they cannot be delivered, in 1..100,000; then the oldest are lost.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    name: Annotated[str, Field(min_length=1, max_length=60)]
    enabled: bool = True
    on: Annotated[tuple[Event, ...], Field(min_length=1)] = ("ng",)
    seconds_apart: Annotated[float, Field(ge=0, le=3600)] = 1.0
    timeout: Annotated[float, Field(ge=0.1, le=60)] = 5.0
    room: Annotated[int, Field(ge=1, le=100_000)] = 1000

    ATTEMPTS: ClassVar[int | None] = None
    """So often one message is tried; None: until it is delivered or there is no more room."""

    @field_validator("on")
    @classmethod
    def _once_each(cls, value: tuple[Event, ...]) -> tuple[Event, ...]:
        return tuple(one for one in EVENTS if one in value)

    @property
    def with_pictures(self) -> bool:
        """Whether a message takes the frame and its overlay along."""
        return bool(getattr(self, "pictures", False))


class FolderOutput(_Common):
    """Writes the frame, its overlay and the JSON into a folder, one folder a day."""

    kind: Literal["folder"] = "folder"
    path: Path

    @field_validator("path")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        value = value.expanduser()
        if not value.is_absolute():
            msg = f"expected a full path, not {str(value)!r}"
            raise ValueError(msg)
        return value

    @property
    def with_pictures(self) -> bool:
        """Always."""
        return True

    @property
    def where(self) -> str:
        """The folder."""
        return str(self.path)


class SoundOutput(_Common):
    """Plays a sound: the program's own, or a WAV file."""

    kind: Literal["sound"] = "sound"
    file: Path | None = None

    ATTEMPTS: ClassVar[int | None] = 1  # an alarm that comes late says something wrong

    @property
    def where(self) -> str:
        """The file."""
        return "the program's own sound" if self.file is None else self.file.name


class WebhookOutput(_Common):
    """Posts the JSON to an address; any answer of 200 to 299 is a delivery.

    Attributes:
        url: `http://` or `https://`, with `USER:PASSWORD@` where it asks for them.
        authorization: the header of that name, such as `Bearer …`; empty sends none.
        pictures: whether the JSON carries the frame and its overlay.
    """

    kind: Literal["webhook"] = "webhook"
    url: str
    authorization: str = ""
    pictures: bool = False

    @field_validator("url")
    @classmethod
    def _address(cls, value: str) -> str:
        try:
            parts = urlsplit(value)
            fits = parts.scheme in {"http", "https"} and parts.hostname and (parts.port or 1) <= _PORTS
        except ValueError:
            fits = False
        if not fits or any(one.isspace() for one in value):
            msg = "expected an address such as https://HOST/PATH"
            raise ValueError(msg)
        return value

    @field_validator("authorization")
    @classmethod
    def _one_line(cls, value: str) -> str:
        if not value.isprintable() or not value.isascii():
            msg = "expected one line of plain letters, such as Bearer TOKEN"
            raise ValueError(msg)
        return value

    @property
    def where(self) -> str:
        """The host alone: in the paths of many webhooks lies their key."""
        parts = urlsplit(self.url)
        host = parts.hostname or ""
        return f"{parts.scheme}://{host}{'' if parts.port is None else f':{parts.port}'}"


class MqttOutput(_Common):
    """Publishes the JSON at a broker, with quality of service 1: at least once.

    Attributes:
        host: of the broker.
        port: usually 1883, with TLS 8883.
        tls: whether the connection is encrypted and the broker's certificate checked.
        username: empty where the broker asks for none.
        password: likewise.
        topic: where it is published.
        pictures: whether the JSON carries the frame and its overlay.
    """

    kind: Literal["mqtt"] = "mqtt"
    host: Annotated[str, Field(min_length=1, max_length=253)]
    port: Annotated[int, Field(ge=1, le=_PORTS)] = 1883
    tls: bool = False
    username: str = ""
    password: str = ""
    topic: Annotated[str, Field(min_length=1, max_length=1000)] = "inspector"
    pictures: bool = False

    @model_validator(mode="after")
    def _fits(self) -> MqttOutput:
        if any(one in self.topic for one in "+#\0"):
            msg = "a topic to publish at has no +, # or zero byte"
            raise ValueError(msg)
        return self

    @property
    def where(self) -> str:
        """Broker and topic."""
        return f"{self.host}:{self.port} {self.topic}"


class CommandOutput(_Common):
    """Runs a program with the JSON on its standard input; exit code 0 is a delivery.

    Attributes:
        command: the program and its arguments, quoted as for a shell; no shell runs it.
        pictures: whether the JSON carries the frame and its overlay.
    """

    kind: Literal["command"] = "command"
    command: Annotated[str, Field(min_length=1, max_length=10_000)]
    pictures: bool = False

    ATTEMPTS: ClassVar[int | None] = 3

    @property
    def where(self) -> str:
        """The program, without its arguments, which may hold keys."""
        from inspector.outputs.command import words

        try:
            return Path(words(self.command)[0]).name
        except ValueError:
            return self.command.split()[0]


Output: TypeAlias = FolderOutput | SoundOutput | WebhookOutput | MqttOutput | CommandOutput
KINDS: dict[str, type[Output]] = {
    "folder": FolderOutput,
    "sound": SoundOutput,
    "webhook": WebhookOutput,
    "mqtt": MqttOutput,
    "command": CommandOutput,
}
_OUTPUT: TypeAdapter[Output] = TypeAdapter(Annotated[Output, Field(discriminator="kind")])


def make_output(raw: dict[str, object]) -> Output:
    """An output from plain values.

    Raises:
        OptionError: a value is missing or not one it may have; the text says which.
    """
    try:
        return _OUTPUT.validate_python(raw)
    except ValidationError as error:
        raise OptionError(_said(error, str(raw.get("name", "")))) from error


def read_outputs(path: Path) -> list[Output]:
    """Read the outputs; a file that is not there holds none.

    Raises:
        OptionError: the file cannot be read, or does not hold outputs; the text says where and why.
    """
    try:
        with path.open("rb") as file:
            raw = tomllib.loads(file.read(_LIMIT).decode())
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        msg = f"The outputs {path} cannot be read: {error}. Mend the file or delete it."
        raise OptionError(msg) from error
    entries = raw.get("output", [])
    if set(raw) - {"output"} or not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        msg = f"The outputs {path} hold something else than tables [[output]]. Mend the file or delete it."
        raise OptionError(msg)
    try:
        found = [make_output(one) for one in entries]
    except OptionError as error:
        msg = f"The outputs {path} cannot be used. {error}"
        raise OptionError(msg) from error
    names = [one.name for one in found]
    if twice := next((name for name in names if names.count(name) > 1), None):
        msg = f"The outputs {path} have two called {twice!r}. Give one of them another name."
        raise OptionError(msg)
    return found


def write_outputs(path: Path, outputs: list[Output]) -> None:
    """Write the outputs, so that only this user can read them: there may be passwords in them.

    Raises:
        OutputError: the place cannot be written to; what stood there is untouched.
    """
    import tomli_w

    tables = [one.model_dump(mode="json", exclude_none=True) for one in outputs]
    with whole_file(path) as partial:
        partial.write_bytes(tomli_w.dumps({"output": tables}).encode())
        if os.name != "nt":
            partial.chmod(0o600)


def _said(error: ValidationError, name: str) -> str:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"] if part not in KINDS)
    reason = first["msg"].removeprefix("Value error, ")
    whose = f"Output {name!r}: " if name else "An output: "
    return f"{whose}{place + ': ' if place else ''}{reason}."


__all__ = [
    "FILE",
    "KINDS",
    "CommandOutput",
    "FolderOutput",
    "MqttOutput",
    "Output",
    "OutputError",
    "SoundOutput",
    "WebhookOutput",
    "make_output",
    "read_outputs",
    "write_outputs",
]
