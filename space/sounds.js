// The player of all tabs, `window.sounds`: plays patterns of 16ths ahead of time, on the audio clock, so that loops have
// no gap and the puck of a palette or a change of tempo is heard at the next 16th. gr.HTML hands this `server`.
//
//   await sounds.play({ kits, steps, qpm, at, show, repeats, from, ended }) → null, or a sentence: what went wrong
//   sounds.stop()                   ends it; so does any other sound that begins on the page, and it ends theirs
//   sounds.hit({ pitch, kit })      a single sound, at once, over whatever plays
//   sounds.load(kit)                fetches the sounds of "drums" or "piano" before they are needed
//   sounds.level()                  how loud it is just now, from 0 to 1
//
// kits     which sounds the pattern needs, as in ["piano"]
// steps    16ths until it begins again or, unless `repeats`, ends; a number, or a function if that changes
// qpm      quarters a minute; a number, or a function if that changes
// at       (step) → what begins there: [{ kit, pitch, steps }], steps being how many 16ths a note of the piano lasts
// show     (step) is called as a step is heard, to move a playhead
// ended    () is called when it is over, for whichever reason

const AHEAD = 0.2; // seconds that are scheduled in advance,
const ASLEEP = 2.5; // where the page is hidden and its timers are slow
const TICK = 40; // ms from one look at the clock to the next
const START = 0.06; // seconds from a click to the first sound
const RELEASE = 0.06; // seconds in which a note that is let go fades
const LOUD = { drums: 0.9, piano: 0.8 };

class Player {
  constructor() {
    this.loading = {}; // promises of kits,
    this.loaded = {}; // and those that are there
    this.call = 0; // of play, each ended by the next
    document.addEventListener("play", (event) => event.detail !== this && this.stop(), true);
    document.addEventListener("visibilitychange", () => this.schedule());
  }

  // The audio context is made at the first click, before which browsers would keep it silent.
  get context() {
    if (!this.ready) {
      this.ready = new AudioContext({ latencyHint: "interactive" });
      this.analyser = this.ready.createAnalyser();
      this.analyser.connect(this.ready.destination);
      this.limiter = this.ready.createDynamicsCompressor();
      this.limiter.threshold.value = -9;
      this.limiter.connect(this.analyser);
    }
    return this.ready;
  }

  load(kit) {
    this.loading[kit] ??= this.fetch(kit).catch((error) => {
      delete this.loading[kit]; // so that it can be tried again
      throw error;
    });
    return this.loading[kit];
  }

  async fetch(kit) {
    const { wav, slots, problem } = await server.sprite(kit);
    if (problem) throw new Problem(problem);
    const bytes = Uint8Array.from(atob(wav), (letter) => letter.charCodeAt(0));
    const buffer = await new OfflineAudioContext(1, 1, 44100).decodeAudioData(bytes.buffer);
    this.loaded[kit] = { buffer, slots };
  }

  async play({ kits = ["piano"], repeats = true, from = 0, ...pattern }) {
    this.stop();
    const call = this.call;
    this.pattern = { kits, repeats, ...pattern };
    document.dispatchEvent(new CustomEvent("play", { detail: this }));
    const problem = await this.prepare(kits);
    if (call !== this.call) return null;
    if (problem) {
      this.stop();
      return problem;
    }
    Object.assign(this, { step: from, time: this.context.currentTime + START, due: [] });
    this.output = new GainNode(this.context);
    this.output.connect(this.limiter);
    this.timer = setInterval(() => this.schedule(), TICK);
    this.schedule();
    this.follow(call);
    return null;
  }

  async hit({ kit = "piano", pitch, seconds = 0.4 }) {
    if (await this.prepare([kit])) return;
    this.sound({ kit, pitch }, this.context.currentTime, seconds, this.limiter);
  }

  // Resolves to what is wrong, if anything, once the sounds are there and may be heard.
  async prepare(kits) {
    try {
      await Promise.all([this.context.resume(), ...kits.map((kit) => this.load(kit))]);
      return null;
    } catch (error) {
      return error instanceof Problem ? error.message : "The sounds cannot be fetched; try again.";
    }
  }

  get isPlaying() {
    return Boolean(this.pattern);
  }

  schedule() {
    if (!this.timer) return;
    const { currentTime } = this.context;
    this.time = Math.max(this.time, currentTime); // after a sleep it goes on, and nothing is made up for
    while (this.timer && this.time < currentTime + (document.hidden ? ASLEEP : AHEAD)) this.next();
  }

  next() {
    const { steps, qpm, at, repeats } = this.pattern;
    if (this.step >= valueOf(steps)) {
      if (!repeats) return this.finish();
      this.step = 0;
    }
    const sixteenth = 15 / valueOf(qpm);
    for (const one of at(this.step)) this.sound(one, this.time, sixteenth * (one.steps ?? 1), this.output);
    this.due.push({ time: this.time, step: this.step });
    this.time += sixteenth;
    this.step += 1;
  }

  // Nothing is left to schedule; the end comes when the last step is over.
  finish() {
    clearInterval(this.timer);
    this.timer = null;
    const call = this.call;
    setTimeout(() => call === this.call && this.stop(), (this.time - this.context.currentTime) * 1000);
  }

  sound({ kit = "piano", pitch }, time, seconds, output) {
    const { buffer, slots } = this.loaded[kit];
    const [known, start, length] = slots.reduce((a, b) => (distance(b, pitch) < distance(a, pitch) ? b : a));
    const source = new AudioBufferSourceNode(this.context, { buffer });
    const volume = new GainNode(this.context, { gain: LOUD[kit] });
    source.connect(volume).connect(output);
    source.start(time, start, length);
    if (kit === "drums") return;
    source.playbackRate.value = 2 ** ((pitch - known) / 12);
    volume.gain.setValueAtTime(LOUD[kit], time + seconds);
    volume.gain.linearRampToValueAtTime(0, time + seconds + RELEASE);
    source.stop(time + seconds + RELEASE);
  }

  follow(call) {
    if (call !== this.call) return;
    const heard = this.context.currentTime - (this.context.outputLatency || 0);
    let step = null;
    while (this.due.length && this.due[0].time <= heard) step = this.due.shift().step;
    if (step !== null) this.pattern.show?.(step);
    requestAnimationFrame(() => this.follow(call));
  }

  stop() {
    const { pattern, output } = this;
    this.call += 1;
    clearInterval(this.timer);
    Object.assign(this, { timer: null, pattern: null, output: null });
    if (output) {
      output.gain.setTargetAtTime(0, this.context.currentTime, RELEASE / 4); // a sudden end would click
      setTimeout(() => output.disconnect(), RELEASE * 2000);
    }
    pattern?.ended?.();
  }

  level() {
    if (!this.analyser) return 0;
    const samples = new Float32Array(this.analyser.fftSize);
    this.analyser.getFloatTimeDomainData(samples);
    return Math.hypot(...samples) / Math.sqrt(samples.length);
  }
}

class Problem extends Error {}

function valueOf(given) {
  return typeof given === "function" ? given() : given;
}

function distance([known], pitch) {
  return Math.abs(known - pitch);
}

window.sounds = new Player();
