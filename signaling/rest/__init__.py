"""The REST interface: one file per noun, each with its operations."""
