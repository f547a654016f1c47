"""The child side: everything here runs in a sandboxed process forked from a warm template. The core imports none of
it, but for `conference.children.confinement`, which asks what the kernel offers."""
