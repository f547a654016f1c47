"""Cameras, drones and encoders: their connections, the sandboxed children that read them, what the relay gets."""
