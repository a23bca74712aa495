"""What goes out when something is found: files, sounds, webhooks, MQTT messages and commands."""

from inspector.outputs.message import EVENTS, Message, message
from inspector.outputs.outlet import OutletState
from inspector.outputs.outlets import Outlets, Parcel
from inspector.outputs.settings import (
    CommandOutput,
    FolderOutput,
    MqttOutput,
    Output,
    SoundOutput,
    WebhookOutput,
    read_outputs,
    write_outputs,
)

__all__ = [
    "EVENTS",
    "CommandOutput",
    "FolderOutput",
    "Message",
    "MqttOutput",
    "OutletState",
    "Outlets",
    "Output",
    "Parcel",
    "SoundOutput",
    "WebhookOutput",
    "message",
    "read_outputs",
    "write_outputs",
]
