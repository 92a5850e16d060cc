"""One WebRTC peer: ICE-lite, DTLS, SDP policy."""
