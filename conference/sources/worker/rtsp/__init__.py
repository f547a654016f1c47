"""An RTSP 1.0 client (RFC 2326) on sockets that are already connected, with RTP reception (RFC 3550)."""
