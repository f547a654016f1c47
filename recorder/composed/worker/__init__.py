"""The child's side: it decodes what the relay taps, composes, encodes once, and hands the packets to every output."""
