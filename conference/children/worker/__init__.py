"""What every child is made of, whatever its family: template, poll loop, control socket, sandbox. The core imports none
of it, but for `conference.children.confinement`, which asks what the kernel offers."""
