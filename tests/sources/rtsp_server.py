"""An RTSP camera on loopback, by GStreamer's server. Run by the system's Python, which has its bindings.

    /usr/bin/python3 rtsp_server.py PORT COLOUR [USER PASSWORD]

COLOUR is 0xAARRGGBB. It serves H.264 at /h264 and Motion JPEG at /jpeg, and prints its port once it listens.
"""

from __future__ import annotations

import sys

import gi  # type: ignore[import-not-found]  # the system's Python has it

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import (  # type: ignore[import-not-found]  # noqa: E402 - their versions are chosen first
    GLib,
    Gst,
    GstRtsp,
    GstRtspServer,
)

_PICTURES = (
    "videotestsrc is-live=true pattern=solid-color foreground-color={colour} "
    "! video/x-raw,width=160,height=120,framerate=25/1"
)
_STREAMS = {
    "/h264": " ! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=10 ! rtph264pay name=pay0 pt=96",
    "/jpeg": " ! videoconvert ! video/x-raw,format=I420 ! jpegenc quality=95 ! rtpjpegpay name=pay0 pt=26",
}


def main() -> None:
    """Serve until killed."""
    port, colour, *credentials = sys.argv[1:]
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(port)
    if credentials:
        auth = GstRtspServer.RTSPAuth()
        token = GstRtspServer.RTSPToken()
        token.set_string("media.factory.role", "viewer")
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(*credentials), token)
        server.set_auth(auth)
    for path, encoder in _STREAMS.items():
        factory = GstRtspServer.RTSPMediaFactory()
        factory.set_launch(f"( {_PICTURES.format(colour=int(colour, 16))}{encoder} )")
        factory.set_shared(True)
        if credentials:
            _let_in(factory)
        server.get_mount_points().add_factory(path, factory)
    if not server.attach(None):
        sys.exit(f"port {port} is taken")
    print(server.get_bound_port(), flush=True)  # noqa: T201 - the test waits for it
    GLib.MainLoop().run()


def _let_in(factory: GstRtspServer.RTSPMediaFactory) -> None:
    """Let only the role named by the token see and play the stream."""
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_permission_for_role("viewer", "media.factory.access", True)
    permissions.add_permission_for_role("viewer", "media.factory.construct", True)
    factory.set_permissions(permissions)


_ = GstRtsp  # its types are only found once it is imported
main()
