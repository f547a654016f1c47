"""The one error the protocol parts raise."""


class RtmpError(Exception):
    """The peer broke the protocol or one of our bounds: end this connection. The text is short ASCII and quotes nothing
    that came from the peer."""
