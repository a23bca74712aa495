"""Network addresses as people may see them: without the user names, passwords and keys in them."""

from __future__ import annotations

import re

_ADDRESS = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*://)(?P<rest>\S*)", re.IGNORECASE)
_IN_FRONT = re.compile(r"[^/?#]*@")
_HOST = re.compile(r"(\[[^\]]*\]|[^:/?#@]*)(:[0-9]*)?(?=[/?#]|$)")
_NAMED = re.compile(
    r"(?P<name>[?&;/_](?:user(?:name|id)?|usr|login|account|pass(?:word|wd|phrase)?|pwd|pw|psw|auth|token|access_token|"
    r"api_?key|key|secret|sid|session(?:id)?|sig(?:nature)?)=)(?P<value>[^&;/?#\s]*)",
    re.IGNORECASE,
)
HIDDEN = "…"
"""What stands in place of a value that is named in an address, as in `?password=…`."""


def without_credentials(text: str) -> str:
    """Give an address, or a text with addresses in it, without credentials.

    `rtsp://user:password@host/path` becomes `rtsp://host/path`, and values that are named, as in
    `?user=admin&pwd=1234`, become `…`. Where a password is not written as it should be (with a `/` in it) rather too
    much is left out than too little.
    """
    return _ADDRESS.sub(lambda found: found["scheme"] + _shown(found["rest"]), text)


def _shown(rest: str) -> str:
    in_front = _IN_FRONT.match(rest)
    if in_front:
        rest = rest[in_front.end() :]
    elif "@" in rest and not _HOST.match(rest):
        rest = rest[rest.rindex("@") + 1 :]
    return _NAMED.sub(lambda found: found["name"] + HIDDEN, rest)
