"""From access units to RTP: repacketise, time, measure, transcode."""
