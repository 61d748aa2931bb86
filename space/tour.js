// A way of short pieces as tiles. gr.HTML runs this, after picture.js, card.js and lane.js, once for each component, and
// hands it `element`, `props`, `server` and `watch`; props.value are the pieces. Nothing that comes from them is ever
// parsed as HTML.

const SOON = 0.06; // s, from the wish to the sound
const AHEAD = 0.3; // s that are scheduled in advance: more than a busy page is late
const ASLEEP = 2.5; // where the page is hidden and its timers are slow
const TICK = 40; // ms
const FADE = 0.012; // s
const LOUD = 2; // times what the server sends: instruments leave room for one another
const TWICE = 2; // times that each piece is heard on the whole way

const list = element.querySelector(".cards");
const bar = make("div", "tour", "");
list.before(bar);
let tour = null;

class Tile {
  constructor(piece, number, tour) {
    Object.assign(this, { piece, number, tour });
    const last = tour.pieces.length - 1;
    this.button = make("button", "play", "", { type: "button" });
    this.button.addEventListener("click", () => (tour.round === number ? tour.stop() : tour.play(number)));
    this.lanes = piece.parts.map((part, n) => this.makeLane(part, n));
    this.element = make("article", `card tile ${number % last ? "" : "end"}`, "", { "aria-label": piece.title });
    this.element.style.setProperty("--share", last > 2 ? `${((number - 1) / (last - 2)) * 100}%` : "50%");
    this.element.append(this.head(), ...this.lanes.map((lane) => lane.row));
  }

  head() {
    const count = this.piece.parts.length;
    return headOf(this.piece, this.button, make("p", "about", count === 1 ? "1 instrument" : `${count} instruments`));
  }

  makeLane(part, number) {
    const row = make("div", "player", "");
    const canvas = make("canvas", "line", "", { "aria-hidden": true });
    const plays = this.piece.notes.some((note) => note.part === number);
    row.append(make("span", "instrument", plays ? part.name : "Silence"), canvas);
    return { row, canvas, number };
  }

  // The sound, once it is rendered and here.
  load() {
    this.sound ??= this.fetch().catch((error) => {
      this.sound = null; // so that it can be tried again
      throw error;
    });
    return this.sound;
  }

  async fetch() {
    const { midi } = this.piece;
    const problem = await server.mix(midi.path);
    if (problem) throw new Error(problem);
    const answer = await fetch(midi.url.replace(/\.mid$/, ".wav"));
    if (!answer.ok) throw new Error("The sound cannot be fetched; make this piece anew.");
    return new OfflineAudioContext(1, 1, 44100).decodeAudioData(await answer.arrayBuffer());
  }

  draw(beat = 0, moving = false) {
    const isRound = this.tour.round === this.number;
    this.button.setAttribute("aria-label", `${isRound ? "Stop" : "Play"} ${this.piece.title}`);
    this.element.classList.toggle("playing", isRound);
    this.element.classList.toggle("heard", moving);
    for (const { canvas, number } of this.lanes) {
      if (canvas.clientWidth) new LanePicture(canvas, this.piece, number).draw(beat, moving, true);
    }
  }
}

// All tiles, and what is heard of them: one that goes round and round, or each twice in turn from one end to the other.
class Tour {
  constructor(pieces) {
    this.pieces = pieces;
    this.seconds = (pieces[0].beats * 60) / pieces[0].qpm;
    this.tiles = pieces.map((piece, number) => new Tile(piece, number, this));
    this.button = make("button", "play", "", { type: "button" });
    this.button.addEventListener("click", () => (this.isWay ? this.stop() : this.play(null)));
    this.words = make("p", "about", "From A to B, each bar twice.", { role: "status" });
    this.round = null; // the number of the tile that goes round
    this.isWay = false;
    this.draw();
  }

  get isPlaying() {
    return this.isWay || this.round !== null;
  }

  // Play the tile `round`, or the whole way where that is null.
  async play(round) {
    this.stop();
    Object.assign(this, { round, isWay: round === null });
    const turn = (this.turn = Symbol("turn"));
    this.draw();
    element.dispatchEvent(new Event("play", { bubbles: true })); // as an <audio> does: others fall silent
    try {
      const wanted = round === null ? this.tiles : [this.tiles[round]];
      const [sounds] = await Promise.all([Promise.all(wanted.map((one) => one.load())), window.sounds.context.resume()]);
      if (this.turn !== turn) return;
      this.begin(sounds);
    } catch (error) {
      if (this.turn !== turn) return;
      this.stop();
      this.words.textContent = error.message;
    }
  }

  begin(sounds) {
    const { context, limiter } = window.sounds;
    this.output = new GainNode(context, { gain: LOUD });
    this.output.connect(limiter);
    Object.assign(this, { sounds, next: 0, due: context.currentTime + SOON, heard: [] });
    this.timer = setInterval(() => this.schedule(), TICK);
    this.schedule();
    this.follow(this.turn);
  }

  // The tile that is the turn number `turn`.
  at(turn) {
    return this.isWay ? Math.floor(turn / TWICE) % this.tiles.length : this.round;
  }

  schedule() {
    const { context } = window.sounds;
    this.due = Math.max(this.due, context.currentTime); // after a sleep it goes on, and nothing is made up for
    while (this.due < context.currentTime + (document.hidden ? ASLEEP : AHEAD)) {
      const number = this.at(this.next);
      const source = new AudioBufferSourceNode(context, { buffer: this.sounds[this.isWay ? number : 0] });
      source.connect(this.output);
      source.start(this.due);
      this.heard.push({ number, start: this.due });
      this.due += this.seconds;
      this.next += 1;
    }
  }

  follow(turn) {
    if (this.turn !== turn) return;
    const now = window.sounds.context.currentTime - (window.sounds.context.outputLatency || 0);
    while (this.heard.length > 1 && this.heard[1].start <= now) this.tiles[this.heard.shift().number].draw();
    const { number, start } = this.heard[0];
    const beat = (Math.max(now - start, 0) / this.seconds) * this.pieces[0].beats;
    this.tiles[number].draw(beat, true);
    requestAnimationFrame(() => this.follow(turn));
  }

  stop() {
    const { output } = this;
    clearInterval(this.timer);
    Object.assign(this, { turn: null, round: null, isWay: false, output: null });
    if (output) {
      output.gain.setTargetAtTime(0, window.sounds.context.currentTime, FADE);
      setTimeout(() => output.disconnect(), FADE * 8000);
    }
    this.draw();
  }

  draw() {
    this.button.setAttribute("aria-label", `${this.isWay ? "Stop" : "Play"} the whole way`);
    bar.classList.toggle("playing", this.isWay);
    for (const tile of this.tiles) tile.draw();
  }
}

function show() {
  tour?.stop();
  tour = props.value?.length ? new Tour(props.value) : null;
  bar.replaceChildren(...(tour && !props.notice ? [tour.button, tour.words] : []));
  renew(list, tour ? tour.tiles.map((tile) => tile.element) : []);
  element.querySelector(".hint").hidden = Boolean(tour);
  element.querySelector(".status").textContent = tour ? tour.pieces.map((piece) => piece.title).join(", ") : "";
  tour?.draw();
  if (!props.notice) prepare(tour);
}

// Fetches all sounds, one after another, for as long as they are shown.
async function prepare(shown) {
  for (const tile of shown?.tiles ?? []) {
    if (tour === shown) await tile.load().catch(() => {});
  }
}

element.querySelector(".hint").textContent = props.hint;
element.querySelector(".notice").textContent = props.notice;
element.querySelector(".notice").hidden = !props.notice;
watch("value", show);
show();
new ResizeObserver(() => tour?.draw()).observe(list);
new MutationObserver(() => tour?.draw()).observe(document.body, { attributes: true, attributeFilter: ["class"] });
// one sound at a time, whichever tab it is in
document.addEventListener("play", ({ target }) => target !== element && tour?.isPlaying && tour.stop(), true);
