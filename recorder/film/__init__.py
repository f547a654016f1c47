"""The composed film: recorded or live tracks on one canvas, encoded once. Runs in a child; the core never loads it."""
