"""What a wall shows: how it is changed, resolved and remembered. Pure but for the clock it is given."""
