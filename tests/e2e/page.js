// Runs in every test page before its own scripts. Reads the burnt-in counter, the colour and the tones from what the
// browser really decodes, and the browser's own statistics of every RTCPeerConnection; knows nothing of the product.
(() => {
  const BITS = 10;
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const watched = new Map(); // video element -> [[time ms, counter or null, rgb, width, height], …]
  const connections = [];

  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(...words) { super(...words); connections.push(this); }
  };

  function read(video) {
    const width = video.videoWidth, height = video.videoHeight;
    if (!width || !height) return [null, [0, 0, 0]];
    canvas.width = width; canvas.height = height;
    context.drawImage(video, 0, 0, width, height);
    const strip = context.getImageData(0, 0, width, Math.ceil(height * 0.3)).data;
    const at = (x, y) => (Math.floor(y) * width + Math.floor(x)) * 4;
    const spot = at(width * 0.02, height * 0.28);
    const rgb = [strip[spot], strip[spot + 1], strip[spot + 2]];
    let counter = 0;
    for (let bit = 0; bit < BITS; bit++) {
      const x = (bit + 0.5) * width / BITS;
      const lit = strip[at(x, height / 16) + 1], inverse = strip[at(x, 3 * height / 16) + 1];
      if (Math.abs(lit - inverse) < 60) return [null, rgb];
      if (lit > inverse) counter |= 1 << bit;
    }
    return [counter, rgb];
  }

  function watch(video) {
    if (watched.has(video) || !video.requestVideoFrameCallback) return;
    const seen = [];
    watched.set(video, seen);
    const step = () => {
      seen.push([performance.now(), ...read(video), video.videoWidth, video.videoHeight]);
      if (seen.length > 3000) seen.splice(0, 1000);
      video.requestVideoFrameCallback(step);
    };
    video.requestVideoFrameCallback(step);
  }
  setInterval(() => document.querySelectorAll("video").forEach(watch), 100);

  // Every picture that is shown now, with the frames decoded during the last `forMs`.
  function pictures(forMs) {
    const since = performance.now() - forMs;
    return [...watched].filter(([video]) => video.isConnected).map(([video, seen]) => {
      const frames = seen.filter(([at]) => at >= since);
      const box = video.getBoundingClientRect();
      return { frames, muted: video.muted, shown: [box.width, box.height] };
    });
  }

  // What every picture shows at this moment, also where nothing moves and no frame comes.
  function stills() {
    return [...document.querySelectorAll("video")].map((video) => {
      const [counter, [red, green, blue]] = read(video);
      const most = Math.max(red, green, blue), least = Math.min(red, green, blue), spread = most - least;
      if (spread === 0) return { counter, hue: null };
      const third = most === red ? (green - blue) / spread : most === green ? 2 + (blue - red) / spread : 4 + (red - green) / spread;
      return { counter, hue: ((third * 30) + 180) % 180 };
    });
  }

  // How far a tone stands out of everything else that is received, in dB, at its best moment; -1000 = silence.
  async function tone(hz, forMs) {
    const audio = new AudioContext();
    const analyser = audio.createAnalyser();
    analyser.fftSize = 4096; analyser.smoothingTimeConstant = 0;
    const tracks = connections.filter((one) => one.connectionState === "connected")
      .flatMap((one) => one.getReceivers()).map((one) => one.track).filter((one) => one.kind === "audio" && one.readyState === "live");
    for (const track of tracks) audio.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    const bins = new Float32Array(analyser.frequencyBinCount);
    const wanted = Math.round(hz * analyser.fftSize / audio.sampleRate);
    let best = -1000;
    const until = performance.now() + forMs;
    while (performance.now() < until) {
      await new Promise((done) => setTimeout(done, 40));
      analyser.getFloatFrequencyData(bins);
      const level = Math.max(...bins.slice(wanted - 3, wanted + 4));
      const others = [...bins.slice(8, 500)].filter((_, at) => Math.abs(at + 8 - wanted) > 6).sort((a, b) => a - b);
      if (level > -75) best = Math.max(best, level - others[Math.floor(others.length / 2)]);
    }
    await audio.close();
    return Number.isFinite(best) ? best : 1000;
  }

  // The browser's own numbers: one row per inbound stream, and the transports' selected pairs.
  async function statistics() {
    const rows = [];
    for (const [index, one] of connections.entries()) {
      if (one.connectionState === "closed") continue;
      const report = await one.getStats();
      report.forEach((row) => {
        if (row.type === "inbound-rtp" || row.type === "outbound-rtp") rows.push({ ...row, connection: index });
        if (row.type === "transport" && row.selectedCandidatePairId) {
          const pair = report.get(row.selectedCandidatePairId);
          const local = pair && report.get(pair.localCandidateId);
          rows.push({ type: "path", connection: index, protocol: local?.protocol, state: one.connectionState, rtt: pair?.currentRoundTripTime });
        }
      });
    }
    return rows;
  }

  window.__probe = { pictures, stills, tone, statistics, connections };
})();
