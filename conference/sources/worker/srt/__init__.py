"""SRT publishers: the gate that lets them in, and the reader of one of them."""
