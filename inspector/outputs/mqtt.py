"""JSON published at an MQTT broker."""

from __future__ import annotations

import ssl
import threading
import uuid
from typing import TYPE_CHECKING, Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from inspector.outputs.errors import OutputFault

if TYPE_CHECKING:
    from inspector.outputs.message import Message
    from inspector.outputs.settings import MqttOutput


class Mqtt:
    """Publishes each message with quality of service 1. A connection that fails is thrown away and made anew."""

    def __init__(self, output: MqttOutput) -> None:
        """Connect to nothing yet."""
        self._output = output
        self._client: Client | None = None

    def deliver(self, message: Message) -> None:
        """Publish it, and wait until the broker has it."""
        output = self._output
        client = self._client if self._client is not None and self._client.is_connected() else self._connected()
        try:
            sent = client.publish(output.topic, message.as_json(pictures=output.pictures), qos=1)
            if sent.rc == MQTTErrorCode.MQTT_ERR_SUCCESS:
                sent.wait_for_publish(output.timeout)
            done = sent.rc == MQTTErrorCode.MQTT_ERR_SUCCESS and sent.is_published()
        except (OSError, RuntimeError, ValueError) as error:
            self.close()
            msg = f"The broker {output.where} did not take the message: {error}."
            raise OutputFault(msg) from error
        if not done:
            # Else the library would send it again by itself, behind those that were sent in the meantime.
            self.close()
            msg = f"The broker {output.where} did not confirm within {output.timeout:g} s."
            raise OutputFault(msg)

    def close(self) -> None:
        """Leave the broker."""
        client, self._client = self._client, None
        if client is not None:
            client.disconnect()
            client.loop_stop()

    def _connected(self) -> Client:
        self.close()
        output = self._output
        client = Client(CallbackAPIVersion.VERSION2, client_id=f"inspector-{uuid.uuid4().hex[:12]}")
        client.connect_timeout = output.timeout
        if output.username:
            client.username_pw_set(output.username, output.password or None)
        answered, refusal = threading.Event(), [""]

        def connected(_client: Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
            refusal[0] = str(reason) if reason.is_failure else ""
            answered.set()

        client.on_connect = connected
        try:
            if output.tls:
                client.tls_set()
            client.connect(output.host, output.port, keepalive=30)
        except ssl.SSLError as error:
            msg = f"The broker {output.host}:{output.port} and this program do not agree on TLS: {error.reason}."
            raise OutputFault(msg) from error
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            msg = f"The broker {output.host}:{output.port} cannot be reached: {reason}. Check host and port."
            raise OutputFault(msg) from error
        client.loop_start()
        self._client = client
        heard = answered.wait(output.timeout)
        if not heard or refusal[0]:
            self.close()
            said = f"refused: {refusal[0]}. Check user and password" if heard else f"is silent for {output.timeout:g} s"
            msg = f"The broker {output.host}:{output.port} {said}."
            raise OutputFault(msg)
        return client
