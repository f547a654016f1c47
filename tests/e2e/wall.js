// Runs in every kiosk page of the tests before its own scripts. Reads the panes from the document and the pictures from
// what is really decoded; measures what comes out of the speaker; knows nothing of the product's code.
(() => {
  const BITS = 10;
  const canvas = document.createElement("canvas");
  canvas.width = 160; canvas.height = 90;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const watched = new Map(); // video -> [[time ms, counter or null], …]

  function look(video) {
    if (!video.videoWidth || video.readyState < 2) return { drawn: false, counter: null, mean: 0 };
    context.drawImage(video, 0, 0, 160, 90);
    const data = context.getImageData(0, 0, 160, 90).data;
    const at = (x, y) => (Math.floor(y) * 160 + Math.floor(x)) * 4;
    let counter = 0;
    for (let bit = 0; bit < BITS; bit++) {
      const x = (bit + 0.5) * 160 / BITS;
      const lit = data[at(x, 5.6) + 1], inverse = data[at(x, 16.9) + 1];
      if (Math.abs(lit - inverse) < 60) { counter = null; break; }
      if (lit > inverse) counter |= 1 << bit;
    }
    const spot = at(8, 80);
    return { drawn: true, counter, mean: (data[spot] + data[spot + 1] + data[spot + 2]) / 3 };
  }

  function watch(video) {
    if (watched.has(video)) return;
    const seen = [];
    watched.set(video, seen);
    const step = () => {
      if (!video.isConnected) { watched.delete(video); return; }
      seen.push([performance.now(), look(video).counter]);
      if (seen.length > 400) seen.splice(0, 200);
      video.requestVideoFrameCallback(step);
    };
    video.requestVideoFrameCallback(step);
  }
  setInterval(() => {
    document.querySelectorAll("article[data-pane] video").forEach(watch);
    for (const video of watched.keys()) if (!video.isConnected) watched.delete(video);
  }, 100);

  const top = (article) => article.querySelector('video[data-top="true"]');

  function panes(forMs) {
    const since = performance.now() - forMs;
    return [...document.querySelectorAll("article[data-pane]")].map((article) => {
      const video = top(article);
      const seen = (video && watched.get(video)) || [];
      const box = article.getBoundingClientRect();
      return {
        pane: Number(article.dataset.pane), state: article.dataset.state, shows: article.dataset.shows ?? null,
        track: video?.dataset.track ?? null, alarm: article.dataset.alarm === "true", text: article.innerText,
        counters: new Set(seen.filter(([at, counter]) => at >= since && counter !== null).map(([, counter]) => counter)).size,
        width: box.width, height: box.height, picture: video ? [video.videoWidth, video.videoHeight] : null,
        videos: article.querySelectorAll("video").length,
      };
    });
  }

  // At each frame of the screen: whose picture is on top of a pane, whether it is one, and whether it is black.
  let film = null;
  function record(pane) {
    film = [];
    const mine = film;
    const step = () => {
      if (film !== mine) return;
      const article = document.querySelector(`article[data-pane="${pane}"]`);
      const video = article && top(article);
      const seen = video ? look(video) : { drawn: false, mean: 0, counter: null };
      mine.push({ at: performance.now(), shows: article?.dataset.shows ?? null, state: article?.dataset.state, track: video?.dataset.track ?? null, ...seen });
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }
  function recorded() { const found = film; film = null; return found; }

  // Unix times at which the panes are those of `expected` ([pane, participant, track], …): in name, and in pictures drawn.
  function becomes(expected) {
    return new Promise((done) => {
      let named = null;
      const step = () => {
        const found = expected.map(([pane]) => document.querySelector(`article[data-pane="${pane}"]`));
        const nowMs = performance.timeOrigin + performance.now();
        if (expected.every(([, who], at) => found[at]?.dataset.shows === who)) named ??= nowMs;
        const drawn = expected.every(([, , track], at) => found[at] && top(found[at])?.dataset.track === track);
        if (named !== null && drawn) done({ named, pictured: nowMs });
        else requestAnimationFrame(step);
      };
      step();
    });
  }

  // Whose sound plays now: the tracks of running <audio> elements.
  async function heard() {
    const all = [...document.querySelectorAll("audio")];
    const before = all.map((one) => one.currentTime);
    await new Promise((done) => setTimeout(done, 300));
    return all.filter((one, at) => !one.paused && !one.muted && one.currentTime > before[at]).map((one) => one.dataset.track);
  }

  // What goes to the speaker, in dBFS: every context's destination is measured on the way.
  const analysers = [];
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (target, ...more) {
    if (target instanceof AudioDestinationNode && !(this instanceof AnalyserNode)) {
      let entry = analysers.find((one) => one.context === this.context);
      if (!entry) {
        const analyser = this.context.createAnalyser();
        analyser.fftSize = 2048;
        connect.call(analyser, target);
        entry = { context: this.context, analyser };
        analysers.push(entry);
      }
      return connect.call(this, entry.analyser, ...more);
    }
    return connect.call(this, target, ...more);
  };
  function loudness() {
    let peak = 0;
    for (const { analyser } of analysers) {
      const samples = new Float32Array(analyser.fftSize);
      analyser.getFloatTimeDomainData(samples);
      for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
    }
    return peak === 0 ? -1000 : 20 * Math.log10(peak);
  }

  window.__wall = { panes, record, recorded, becomes, heard, loudness };
})();
