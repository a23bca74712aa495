"""Which deliverer an output has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inspector.outputs.settings import CommandOutput, FolderOutput, MqttOutput, SoundOutput

if TYPE_CHECKING:
    from inspector.outputs.outlet import Deliverer
    from inspector.outputs.settings import Output


def deliverer_of(output: Output) -> Deliverer:
    """Make what delivers for these settings. Libraries are imported only for what is used."""
    if isinstance(output, FolderOutput):
        from inspector.outputs.folder import Folder

        return Folder(output)
    if isinstance(output, SoundOutput):
        from inspector.outputs.sound import Sound

        return Sound(output)
    if isinstance(output, MqttOutput):
        from inspector.outputs.mqtt import Mqtt

        return Mqtt(output)
    if isinstance(output, CommandOutput):
        from inspector.outputs.command import Command

        return Command(output)
    from inspector.outputs.webhook import Webhook

    return Webhook(output)
