// Runs before a page's own scripts: which notes its synthesiser plays, and the media elements that are not in the page.
(() => {
  const notes = [];
  const begin = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...words) {
    notes.push(Math.round(this.frequency.value));
    return begin.apply(this, words);
  };

  const elements = new Set();
  const create = Document.prototype.createElement;
  Document.prototype.createElement = function (name, ...words) {
    const made = create.call(this, name, ...words);
    if (name === "audio") elements.add(made);
    return made;
  };

  // How far a tone stands out of everything else the audible elements play, in dB, at its best moment; -1000 = silence.
  async function tone(hz, forMs) {
    const audio = new AudioContext();
    const analyser = audio.createAnalyser();
    analyser.fftSize = 4096; analyser.smoothingTimeConstant = 0;
    const heard = new Set();
    const bins = new Float32Array(analyser.frequencyBinCount);
    const wanted = Math.round(hz * analyser.fftSize / audio.sampleRate);
    const until = performance.now() + forMs;
    let best = -1000;
    while (performance.now() < until) {
      for (const one of elements) {
        if (!one.src || one.paused || one.muted || heard.has(one)) continue;
        const stream = one.captureStream(); // leaves the element as it is
        if (stream.getAudioTracks().length === 0) continue;
        heard.add(one);
        audio.createMediaStreamSource(stream).connect(analyser);
      }
      await new Promise((done) => setTimeout(done, 40));
      analyser.getFloatFrequencyData(bins);
      const level = Math.max(...bins.slice(wanted - 3, wanted + 4));
      const others = [...bins.slice(8, 500)].filter((_, at) => Math.abs(at + 8 - wanted) > 6).sort((a, b) => a - b);
      if (level > -75) best = Math.max(best, level - others[Math.floor(others.length / 2)]);
    }
    await audio.close();
    return Number.isFinite(best) ? best : 1000;
  }

  window.__ears = { notes, tone };
})();
