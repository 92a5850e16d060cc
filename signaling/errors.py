"""What a peer can do wrong before media flows.

SignalingError
├── StunError     a datagram that claims to be a STUN binding message and is not a well-formed one
├── SdpError      a session description that is malformed, too large, or asks for what this server does not do
└── DtlsError     a handshake that failed, timed out, or presented another certificate than the description named

Every message is one English clause that names the offending part, and may be shown to the peer's own user. None of these errors
is worth a retry with the same input; a new offer or a new connection is.
"""


class SignalingError(ValueError):
    """Root of the tree above."""


class StunError(SignalingError):
    """See the tree above. Raised once per bad datagram; the caller drops the datagram."""


class SdpError(SignalingError):
    """See the tree above. Raised before any state has changed."""


class DtlsError(SignalingError):
    """See the tree above. The connection is unusable afterwards."""
