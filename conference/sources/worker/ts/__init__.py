"""MPEG transport stream (ISO/IEC 13818-1), read as it comes: bytes in, access units out."""
