"""The nouns of a conference: pure values and rules. No asyncio, no clock, no socket."""
