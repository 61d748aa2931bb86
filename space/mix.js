// The sound of a piece as a mix of its parts. Each is fetched as a sound of its own, and all of them begin at the same
// sample, so that muting one, or giving it another instrument, needs nothing but the turn of a knob. They share the audio
// context and the limiter of `window.sounds`, the player of patterns.

const SOON = 0.06; // s, from the wish to the sound: enough for all parts to be ready
const GLIDE = 0.012; // s, in which a part comes and goes without a click
const LOUD = 2; // times what the server sends: parts leave room for one another

class Mix {
  // `parts` are the numbers of those that play, `seconds` how long the piece lasts, `fetchStem(part)` resolves to the
  // bytes of a part as it is to sound, and `ended` is called where the music ends by itself.
  constructor(parts, seconds, fetchStem, ended) {
    Object.assign(this, { parts, seconds, fetchStem, ended });
    this.place = 0; // s, where it rests, or played from
    this.origin = null; // when its beginning was, or would have been; null where it does not play
    this.heard = new Map(parts.map((part) => [part, true]));
    this.voices = new Map(); // part: {source, gain}
    this.sounds = new Map(); // part: a promise of its AudioBuffer
  }

  get isPlaying() {
    return this.origin !== null;
  }

  get time() {
    if (!this.isPlaying) return this.place;
    return Math.min(Math.max(window.sounds.context.currentTime - this.origin, this.place), this.seconds);
  }

  load() {
    return Promise.all(this.parts.map((part) => this.sound(part)));
  }

  sound(part) {
    if (!this.sounds.has(part)) {
      const sound = this.fetchStem(part).then((bytes) => window.sounds.context.decodeAudioData(bytes));
      sound.catch(() => this.sounds.get(part) === sound && this.sounds.delete(part));
      this.sounds.set(part, sound);
    }
    return this.sounds.get(part);
  }

  // Play from where it rests; false where it was stopped before it could begin.
  async play() {
    const turn = (this.turn = Symbol("turn"));
    const { context } = window.sounds;
    const [sounds] = await Promise.all([this.load(), context.resume()]);
    if (this.turn !== turn) return false;
    const when = context.currentTime + SOON;
    this.origin = when - this.place;
    this.parts.forEach((part, i) => this.voice(part, sounds[i], when));
    this.timer = setInterval(() => this.time >= this.seconds && this.end(), 50);
    return true;
  }

  // Let a part sound from `when` on.
  voice(part, sound, when) {
    const { context, limiter } = window.sounds;
    const gain = new GainNode(context, { gain: this.heard.get(part) ? LOUD : 0 });
    const source = new AudioBufferSourceNode(context, { buffer: sound });
    source.connect(gain).connect(limiter);
    source.start(when, Math.min(when - this.origin, sound.duration));
    this.voices.set(part, { source, gain });
  }

  silence({ source, gain }, when) {
    gain.gain.setTargetAtTime(0, when, GLIDE);
    source.stop(when + 8 * GLIDE);
  }

  pause() {
    this.turn = null;
    clearInterval(this.timer);
    this.place = this.time;
    this.origin = null;
    for (const voice of this.voices.values()) this.silence(voice, window.sounds.context.currentTime);
    this.voices.clear();
  }

  // The music is over, though its last notes may still ring.
  end() {
    this.voices.clear();
    this.pause();
    this.place = 0;
    this.ended();
  }

  stop() {
    this.pause();
    this.place = 0;
  }

  async seek(seconds) {
    const goesOn = this.isPlaying;
    if (goesOn) this.pause();
    this.place = Math.min(Math.max(seconds, 0), this.seconds);
    if (goesOn) await this.play();
  }

  hear(part, isHeard) {
    this.heard.set(part, isHeard);
    const voice = this.voices.get(part);
    if (voice) voice.gain.gain.setTargetAtTime(isHeard ? LOUD : 0, window.sounds.context.currentTime, GLIDE);
  }

  // Have a part sound anew, in step with the others; while that is fetched it plays on as it was.
  async change(part) {
    this.sounds.delete(part);
    if (!this.isPlaying) return;
    const asked = this.sound(part);
    const sound = await asked;
    if (!this.isPlaying || this.sounds.get(part) !== asked) return;
    const when = window.sounds.context.currentTime + SOON;
    const before = this.voices.get(part);
    this.voice(part, sound, when);
    if (before) this.silence(before, when);
  }

  // Let go of the sounds, which are large.
  forget() {
    this.sounds.clear();
  }
}
