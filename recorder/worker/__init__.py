"""The recorder child: RTP of one recording's tracks in, Matroska files out. Sees nothing of the core."""
