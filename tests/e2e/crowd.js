// Many people in one page: each has a seat of its own (WebSocket, PeerConnection) and sends one camera as simulcast. They
// look at nobody. The pictures carry the burnt-in counter that page.js reads, and the colour of their person.
(() => {
  const BITS = 10;
  const seats = [];

  function camera({ width, height, fps, hue }) {
    const canvas = document.createElement("canvas");
    canvas.width = width; canvas.height = height;
    const draw = canvas.getContext("2d");
    let counter = 0;
    const step = () => {
      counter = (counter + 1) % (1 << BITS);
      draw.fillStyle = `hsl(${hue * 2} 60% 45%)`;
      draw.fillRect(0, 0, width, height);
      draw.fillStyle = "#fff";
      draw.beginPath();
      draw.arc((counter * 7) % width, height * 2 / 3, height / 8, 0, 7);
      draw.fill();
      for (let bit = 0; bit < BITS; bit++) {
        const lit = (counter >> bit) & 1;
        draw.fillStyle = lit ? "#fff" : "#000";
        draw.fillRect(Math.floor(bit * width / BITS), 0, Math.ceil(width / BITS), height / 8);
        draw.fillStyle = lit ? "#000" : "#fff";
        draw.fillRect(Math.floor(bit * width / BITS), height / 8, Math.ceil(width / BITS), height / 8);
      }
    };
    step();
    const timer = setInterval(step, 1000 / fps);
    const track = canvas.captureStream(fps).getVideoTracks()[0];
    return { track, stop: () => { clearInterval(timer); track.stop(); }, freeze: () => clearInterval(timer) };
  }

  function encodings(layers) {
    const rids = [["f"], ["h", "f"], ["q", "h", "f"]][layers - 1];
    return rids.map((rid, at) => ({
      rid, active: true, scaleResolutionDownBy: 2 ** (layers - 1 - at), maxBitrate: 90_000 * 3 ** at,
    }));
  }

  function tone(hz) {
    const audio = new AudioContext();
    const oscillator = audio.createOscillator();
    const out = audio.createMediaStreamDestination();
    oscillator.frequency.value = hz;
    oscillator.connect(out);
    oscillator.start();
    return { track: out.stream.getAudioTracks()[0], stop: () => void audio.close() };
  }

  function enter({ url, token, name, width, height, fps, hue, layers, toneHz }) {
    return new Promise((done, failed) => {
      const picture = camera({ width, height, fps, hue });
      const connection = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
      const transceiver = connection.addTransceiver(picture.track, { direction: "sendonly", sendEncodings: encodings(layers) });
      const vp8 = RTCRtpSender.getCapabilities("video").codecs.filter((one) => /VP8|rtx/i.test(one.mimeType));
      transceiver.setCodecPreferences(vp8);
      const voice = toneHz ? tone(toneHz) : null;
      const spoken = voice && connection.addTransceiver(voice.track, { direction: "sendonly" });
      const socket = new WebSocket(url);
      const say = (message) => socket.send(JSON.stringify(message));
      const beat = setInterval(() => { if (socket.readyState === 1) say({ type: "ping", sentMs: 0 }); }, 2000);
      const seat = { name, picture, connection, leave: () => { clearInterval(beat); say({ type: "leave" }); connection.close(); picture.stop(); seat.stopVoice?.(); socket.close(); } };
      seat.stopVoice = voice?.stop;
      seats.push(seat);
      const offer = async () => {
        await connection.setLocalDescription(await connection.createOffer());
        seat.offers = (seat.offers ?? 0) + 1;
        say({
          type: "publish-offer", offer: seat.offers, sdp: connection.localDescription.sdp,
          tracks: [
            { mid: transceiver.mid, source: "camera", muted: false },
            ...(spoken ? [{ mid: spoken.mid, source: "microphone", muted: false }] : []),
          ],
        });
      };
      seat.prefer = (mime) => {
        const known = RTCRtpSender.getCapabilities("video").codecs;
        const first = known.filter((one) => one.mimeType === mime);
        transceiver.setCodecPreferences([...first, ...known.filter((one) => !first.includes(one))]);
        return offer();
      };
      socket.onopen = () => say({ type: "join", version: 1, token, name, resume: null, mediaAlive: false });
      socket.onmessage = async ({ data }) => {
        const message = JSON.parse(data);
        if (message.type === "welcome") {
          seat.id = message.you;
          await offer();
        } else if (message.type === "publish-answer") {
          await connection.setRemoteDescription({ type: "answer", sdp: message.sdp });
          const of = (mid) => message.tracks.find((one) => one.mid === mid)?.track ?? "";
          seat.track = of(transceiver.mid);
          seat.voice = spoken ? of(spoken.mid) : "";
        } else if (message.type === "refused" || message.type === "goodbye") {
          failed(new Error(`${message.type} ${message.code}`));
        }
      };
      socket.onclose = ({ code }) => failed(new Error(`closed ${code}`));
      connection.onconnectionstatechange = () => {
        if (connection.connectionState === "connected") done({ id: seat.id, track: seat.track, voice: seat.voice, name });
      };
    });
  }

  // The camera of this person sends the same picture for ever, as an encoder that hangs does.
  function freeze(name) {
    for (const one of seats) if (one.name === name) one.picture.freeze();
  }

  // The camera of this person goes on in another codec, on the same m-section of the same connection.
  async function prefer(name, mime) {
    for (const one of seats) if (one.name === name) await one.prefer(mime);
  }

  function leave(name) {
    for (const one of seats) if (one.name === name) one.leave();
  }

  window.__crowd = { enter, freeze, leave, prefer, seats };
})();
