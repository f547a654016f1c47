"""The relay extension as the rest of Python sees it: the one place that imports `conference.media._relay`."""

from typing import TYPE_CHECKING, Protocol, cast

from conference.media.words import Encoding, Extension, Payload, Want

if TYPE_CHECKING:
    from conference.media import _relay


class Binding(Protocol):
    """The module `conference.media._relay`, or a stand-in with the same classes."""

    Relay: "type[_relay.Relay]"
    Event: "type[_relay.Event]"
    Payload: "type[_relay.Payload]"
    Encoding: "type[_relay.Encoding]"
    Extension: "type[_relay.Extension]"
    Want: "type[_relay.Want]"
    RelayError: "type[_relay.RelayError]"


def load() -> Binding:
    """The compiled extension. Raises ImportError when it was not built."""
    from conference.media import _relay

    return cast("Binding", _relay)


class Words:
    """Our values in the relay's own types."""

    def __init__(self, binding: Binding) -> None:
        self._binding = binding

    def payload(self, value: Payload) -> "_relay.Payload":
        return self._binding.Payload(value.pt, value.codec, value.clock_hz, value.rtx_pt)

    def encoding(self, value: Encoding) -> "_relay.Encoding":
        return self._binding.Encoding(rid=value.rid, ssrc=value.ssrc, rtx_ssrc=value.rtx_ssrc)

    def extension(self, value: Extension) -> "_relay.Extension":
        return self._binding.Extension(value.id, value.uri)

    def want(self, value: Want) -> "_relay.Want":
        return self._binding.Want(value.subscription, value.width, value.height, priority=value.priority)
