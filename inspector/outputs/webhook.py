"""JSON posted to an address."""

from __future__ import annotations

from typing import TYPE_CHECKING

import requests

from inspector.outputs.errors import OutputFault, Refused

if TYPE_CHECKING:
    from inspector.outputs.message import Message
    from inspector.outputs.settings import WebhookOutput

_FINE = range(200, 300)
_NEVER = frozenset({400, 413, 415, 422})
"""What a server says of this very message. All else may be mended: a wrong path, an old key, a server that rests."""


class Webhook:
    """Posts each message; the connection is kept between them."""

    def __init__(self, output: WebhookOutput) -> None:
        """Connect to nothing yet."""
        self._output = output
        self._session = requests.Session()

    def deliver(self, message: Message) -> None:
        """Post it. Connecting, and each wait for the answer, takes as long as the time-out says at most."""
        output = self._output
        headers = {"Content-Type": "application/json", "Idempotency-Key": message.id}
        if output.authorization:
            headers["Authorization"] = output.authorization
        try:
            answer = self._session.post(
                output.url,
                data=message.as_json(pictures=output.pictures),
                headers=headers,
                timeout=output.timeout,
                allow_redirects=False,  # a redirected POST becomes a GET, and arrives nowhere
                stream=True,  # the body of the answer is nobody's business, and may never end
            )
        except requests.Timeout as error:
            msg = f"{output.where} did not answer within {output.timeout:g} s."
            raise OutputFault(msg) from error
        except requests.exceptions.SSLError as error:
            msg = f"The certificate of {output.where} is not trusted. Install it on this computer, or use http."
            raise OutputFault(msg) from error
        except (requests.RequestException, OSError, ValueError) as error:
            # The library's own words quote the whole address, keys and all.
            msg = f"{output.where} cannot be reached ({type(error).__name__}). Check the address and the network."
            raise OutputFault(msg) from error
        with answer:
            status = answer.status_code
        if status in _NEVER:
            msg = f"{output.where} does not take this message (HTTP {status})."
            raise Refused(msg)
        if status not in _FINE:
            msg = f"{output.where} answered HTTP {status} {_MEANS.get(status, '')}".strip() + "."
            raise OutputFault(msg)

    def close(self) -> None:
        """Close the connection."""
        self._session.close()


_MEANS = {
    401: "(wrong user, password or key)",
    403: "(this user or key may not)",
    404: "(there is nothing at this path)",
    429: "(too many messages; let them come further apart)",
    500: "(a fault of the server)",
    502: "(a fault of the server)",
    503: "(the server rests)",
}
