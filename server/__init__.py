"""The composition root, the command line and the doctor: the only place that knows every part."""
