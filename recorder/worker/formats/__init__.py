"""RTP payload formats: packets of one codec into whole frames as Matroska holds them."""
