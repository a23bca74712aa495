from __future__ import annotations

import string
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.core.addresses import without_credentials


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("rtsp://10.0.0.5/stream", "rtsp://10.0.0.5/stream"),
        ("rtsp://admin:secret@10.0.0.5:554/stream?channel=1", "rtsp://10.0.0.5:554/stream?channel=1"),
        ("http://admin@camera.local", "http://camera.local"),
        ("http://a:b@c@camera.local/x", "http://camera.local/x"),
        ("rtsp://[fe80::1]:554/at@home", "rtsp://[fe80::1]:554/at@home"),
        ("rtsp://10.0.0.5/at@home", "rtsp://10.0.0.5/at@home"),
        ("rtsp://admin:sec/ret@10.0.0.5/x", "rtsp://10.0.0.5/x"),
        ("http://10.0.0.5/cgi?user=admin&pwd=secret&fps=5", "http://10.0.0.5/cgi?user=…&pwd=…&fps=5"),
        ("rtsp://10.0.0.5/user=admin&password=secret&channel=1", "rtsp://10.0.0.5/user=…&password=…&channel=1"),
        ("http://10.0.0.5/x?Token=abc#live", "http://10.0.0.5/x?Token=…#live"),
        ("camera 0", "camera 0"),
        ("folder:/home/me@work/parts", "folder:/home/me@work/parts"),
        ("lost: rtsp://a:b@c/d, and http://e:f@g/h", "lost: rtsp://c/d, and http://g/h"),
    ],
)
def test_that_an_address_is_shown_without_credentials(address: str, shown: str) -> None:
    assert without_credentials(address) == shown


@given(
    st.text(min_size=1).map(lambda text: quote(f"USER{text}", safe="")),
    st.text().map(lambda text: quote(f"SECRET{text}", safe="@:")),
    st.sampled_from(["10.0.0.5", "camera.local:8080", "[::1]:554"]),
    st.text(string.ascii_lowercase + "/?=&@"),
)
def test_that_no_password_is_ever_shown(user: str, password: str, host: str, path: str) -> None:
    shown = without_credentials(f"rtsp://{user}:{password}@{host}/{path}")
    assert "USER" not in shown
    assert "SECRET" not in shown
    assert shown.startswith(f"rtsp://{host}/")
