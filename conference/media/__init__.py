"""Connections to peers: SDP, DTLS, the face of the media relay. Nothing per RTP packet happens here."""
