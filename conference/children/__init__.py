"""Confined child processes, forked from a warm template, a family of them for each purpose: the core's side. What runs
in a child is `worker`."""
