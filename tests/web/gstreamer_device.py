"""A device made of GStreamer's webrtcbin: sends a test picture and tone by WHIP, or plays by WHEP and counts what it decodes.

    /usr/bin/python3 gstreamer_device.py whip|whep URL TOKEN

Runs in the system's Python, which has GStreamer's bindings, and ends when its standard input does. Prints one JSON object a line.
"""

import json
import sys
import threading
import urllib.error
import urllib.request

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstSdp", "1.0")
gi.require_version("GstWebRTC", "1.0")
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # noqa: E402

SENDS = """
webrtcbin name=peer
videotestsrc is-live=true ! video/x-raw,width=320,height=240,framerate=15/1 ! vp8enc deadline=1 keyframe-max-dist=30 ! rtpvp8pay !
    application/x-rtp,media=video,encoding-name=VP8,payload=96 ! peer.
audiotestsrc is-live=true ! audioconvert ! audioresample ! opusenc ! rtpopuspay !
    application/x-rtp,media=audio,encoding-name=OPUS,payload=97 ! peer.
"""
WANTED = (
    "application/x-rtp,media=audio,encoding-name=OPUS,payload=97,clock-rate=48000,encoding-params=(string)2",
    "application/x-rtp,media=video,encoding-name=VP8,payload=96,clock-rate=90000",
)


class Device:
    def __init__(self, way: str, url: str, token: str) -> None:
        self.way, self.url, self.token = way, url, token
        self.pipe = Gst.Pipeline.new()
        self.pipe.add(Gst.parse_bin_from_description(SENDS, False) if way == "whip" else Gst.ElementFactory.make("webrtcbin", "peer"))
        self.peer = self.pipe.get_by_name("peer")
        self.peer.set_property("bundle-policy", GstWebRTC.WebRTCBundlePolicy.MAX_BUNDLE)
        self.peer.connect("notify::ice-gathering-state", self.gathered)
        self.peer.connect("notify::connection-state", lambda peer, _: tell(state=peer.get_property("connection-state").value_nick))
        self.decoded = {"audio": 0, "video": 0}
        if way == "whep":
            for caps in WANTED:
                self.peer.emit("add-transceiver", GstWebRTC.WebRTCRTPTransceiverDirection.RECVONLY, Gst.Caps.from_string(caps))
            self.peer.connect("pad-added", self.came)

    def start(self) -> None:
        self.pipe.set_state(Gst.State.PLAYING)
        self.peer.emit("create-offer", None, Gst.Promise.new_with_change_func(self.offered))

    def offered(self, promise: Gst.Promise) -> None:
        # The offer lives in the reply, which must live until it has been taken.
        reply = promise.get_reply()
        self.peer.emit("set-local-description", reply["offer"], Gst.Promise.new())

    def gathered(self, peer: Gst.Element, _: object) -> None:
        if peer.get_property("ice-gathering-state") == GstWebRTC.WebRTCICEGatheringState.COMPLETE:
            threading.Thread(target=self.post, args=(peer.get_property("local-description").sdp.as_text(),), daemon=True).start()

    def post(self, offer: str) -> None:
        headers = {"Content-Type": "application/sdp", "Authorization": f"Bearer {self.token}"}
        request = urllib.request.Request(self.url, offer.encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as reply:
                answer, status = reply.read().decode(), reply.status
        except urllib.error.HTTPError as error:
            tell(status=error.code, body=error.read().decode(), offer=offer)
            return
        tell(status=status)
        _, message = GstSdp.SDPMessage.new_from_text(answer)
        answered = GstWebRTC.WebRTCSessionDescription.new(GstWebRTC.WebRTCSDPType.ANSWER, message)
        self.peer.emit("set-remote-description", answered, Gst.Promise.new())

    def came(self, peer: Gst.Element, pad: Gst.Pad) -> None:
        if pad.direction != Gst.PadDirection.SRC:
            return
        decoder = Gst.ElementFactory.make("decodebin")
        decoder.connect("pad-added", self.plays)
        self.pipe.add(decoder)
        decoder.sync_state_with_parent()
        pad.link(decoder.get_static_pad("sink"))

    def plays(self, decoder: Gst.Element, pad: Gst.Pad) -> None:
        medium = pad.get_current_caps().get_structure(0).get_name().partition("/")[0]
        sink = Gst.ElementFactory.make("fakesink")
        sink.set_property("signal-handoffs", True)
        sink.connect("handoff", self.shown, medium)
        self.pipe.add(sink)
        sink.sync_state_with_parent()
        pad.link(sink.get_static_pad("sink"))

    def shown(self, sink: Gst.Element, buffer: Gst.Buffer, pad: Gst.Pad, medium: str) -> None:
        self.decoded[medium] += 1
        if self.decoded[medium] % 10 == 0:
            tell(decoded=dict(self.decoded))


def tell(**said: object) -> None:
    print(json.dumps(said), flush=True)


def main() -> None:
    Gst.init(None)
    loop = GLib.MainLoop()
    device = Device(*sys.argv[1:4])
    device.start()
    # Whoever started us has ended, or wants us to.
    threading.Thread(target=lambda: (sys.stdin.read(), loop.quit()), daemon=True).start()
    loop.run()
    device.pipe.set_state(Gst.State.NULL)


if __name__ == "__main__":
    main()
