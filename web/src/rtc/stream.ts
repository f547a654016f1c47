const streams = new WeakMap<MediaStreamTrack, MediaStream>();

/**
 * The stream of this track alone: the same one each time. A track holds every stream it was ever put into, and a wall's
 * tracks live for weeks: a new stream for each pane that shows them would never be let go of.
 */
export function streamOf(track: MediaStreamTrack): MediaStream {
  const known = streams.get(track);
  if (known) return known;
  const stream = new MediaStream([track]);
  streams.set(track, stream);
  return stream;
}
