// Cards of music on a mixing desk. gr.HTML runs this, after picture.js, card.js, lane.js and mix.js, once for each
// component, and hands it `element`, `props`, `server`, `trigger` and `watch`; props.value are the pieces. Nothing that
// comes from them is ever parsed as HTML.

const list = element.querySelector(".cards");
let cards = [];

// The instruments that were chosen, by the names of their parts: on one card for all, those to come included.
const chosen = (window.chosenInstruments ??= {});

class Card {
  constructor(piece) {
    this.piece = piece = { ...piece, title: props.name || piece.title };
    this.programs = piece.parts.map((part) => chosen[part.name] ?? part.program);
    this.muted = new Set();
    this.alone = new Set();
    this.rendered = new Map(); // by part and program: promises of what went wrong, if anything
    const playing = piece.parts.map((_, part) => part).filter((part) => piece.notes.some((note) => note.part === part));
    this.mix = new Mix(playing, (piece.beats * 60) / piece.qpm, (part) => this.fetch(part), () => this.rest());
    this.button = make("button", "play", "", { type: "button" });
    this.about = make("p", "about", this.inWords(), { role: "status" });
    this.ruler = this.makeRuler();
    this.lanes = piece.parts.map((part, number) => new Lane(this, part, number, playing.includes(number)));
    this.element = make("article", "card mixer", "", { "aria-label": piece.title });
    const body = make("div", "lanes", "");
    body.append(this.ruler, ...this.lanes.map((lane) => lane.element));
    this.element.append(this.head(), body);
    this.button.addEventListener("click", () => (this.isWanted ? this.rest() : this.play()));
    this.rest();
  }

  head() {
    const head = headOf(this.piece, this.button, this.about);
    const link = head.querySelector(".link");
    link.addEventListener("click", (event) => this.download(event));
    if (props.again) link.before(this.makeAgain());
    return head;
  }

  makeAgain() {
    const again = make("button", "again", props.again, { type: "button" });
    again.setAttribute("aria-label", `${props.again} for ${this.piece.title}`);
    again.addEventListener("click", () => trigger("again"));
    return again;
  }

  makeRuler() {
    const ruler = make("canvas", "ruler", "", {
      role: "slider",
      tabindex: 0,
      "aria-label": `Position in ${this.piece.title}`,
      "aria-valuemin": 0,
      "aria-valuemax": this.piece.beats,
    });
    this.point(ruler);
    ruler.addEventListener("keydown", (event) => this.press(event));
    return ruler;
  }

  inWords() {
    const bars = Math.round(this.piece.beats / BAR);
    return `${bars === 1 ? "1 bar" : `${bars} bars`}, ${Math.round(this.piece.qpm)} beats a minute`;
  }

  // Has the server render the parts, one after another.
  async prepare() {
    for (const part of this.mix.parts) await this.render(part);
  }

  // The same is not asked for twice.
  render(part) {
    const program = this.programs[part];
    const key = `${part} ${program}`;
    if (!this.rendered.has(key)) {
      const answer = server.stem([this.piece.midi.path, part, program]);
      const forget = () => this.rendered.delete(key);
      answer.then((problem) => problem && forget(), forget);
      this.rendered.set(key, answer);
    }
    return this.rendered.get(key);
  }

  async fetch(part) {
    const address = this.beside(`-${part}-${this.programs[part]}.wav`); // before anything is waited for
    const problem = await this.render(part);
    if (problem) throw new Error(problem);
    const answer = await fetch(address);
    if (!answer.ok) throw new Error("The sound cannot be fetched; make this piece anew.");
    return answer.arrayBuffer();
  }

  // The address of a file that lies beside the MIDI file and is called after it.
  beside(ending) {
    return this.piece.midi.url.replace(/\.mid$/, ending);
  }

  async play() {
    this.want(true);
    hush(this);
    this.element.dispatchEvent(new Event("play", { bubbles: true })); // as an <audio> does: others fall silent
    await this.attempt(() => this.mix.play());
    if (this.mix.isPlaying) this.follow();
  }

  // Do what may go wrong on its way to the server, and say so.
  async attempt(action) {
    try {
      await action();
    } catch (error) {
      this.rest();
      this.about.textContent = error.message;
    }
  }

  follow() {
    this.draw();
    if (this.mix.isPlaying) requestAnimationFrame(() => this.follow());
  }

  rest() {
    this.want(false);
    this.mix.stop();
    this.draw();
  }

  want(isWanted) {
    this.isWanted = isWanted;
    this.button.setAttribute("aria-label", `${isWanted ? "Stop" : "Play"} ${this.piece.title}`);
    this.element.classList.toggle("playing", isWanted);
  }

  choose(part, program) {
    this.programs[part] = program;
    this.lanes[part].show();
    return this.attempt(() => this.mix.change(part));
  }

  // Parts are heard that are not muted; where some are to be heard alone, only those.
  isHeard(part) {
    return this.alone.size ? this.alone.has(part) : !this.muted.has(part);
  }

  toggle(set, part) {
    if (!set.delete(part)) set.add(part);
    for (const one of this.mix.parts) this.mix.hear(one, this.isHeard(one));
    for (const lane of this.lanes) lane.show();
    this.draw();
  }

  // Where other instruments were chosen, the file is written first.
  async download(event) {
    if (this.piece.parts.every((part, number) => part.program === this.programs[number])) return;
    event.preventDefault();
    await this.attempt(async () => {
      const problem = await server.score([this.piece.midi.path, this.programs]);
      if (problem) throw new Error(problem);
      make("a", "", "", {
        href: this.beside(`-${this.programs.join("-")}.mid`),
        download: this.piece.midi.orig_name,
      }).click();
    });
  }

  get beat() {
    return (this.mix.time * this.piece.qpm) / 60;
  }

  async seek(beat) {
    const place = Math.min(Math.max(beat, 0), this.piece.beats);
    await this.mix.seek((place * 60) / this.piece.qpm);
    this.follow();
  }

  // A canvas on which a place is pointed at.
  point(canvas) {
    const seek = (event) => this.seek((event.offsetX / canvas.clientWidth) * this.piece.beats);
    canvas.addEventListener("pointerdown", seek);
    canvas.addEventListener("pointermove", (event) => event.buttons & 1 && seek(event));
  }

  press(event) {
    if (!(event.key in STEPS)) return;
    event.preventDefault();
    this.seek(this.beat + STEPS[event.key]);
  }

  draw() {
    const beat = this.beat;
    const whole = Math.floor(beat);
    this.ruler.setAttribute("aria-valuenow", whole);
    this.ruler.setAttribute("aria-valuetext", `bar ${Math.floor(whole / BAR) + 1}, beat ${(whole % BAR) + 1}`);
    if (!this.ruler.clientWidth) return; // in a tab that is not open
    new LanePicture(this.ruler, this.piece).rule(beat, this.mix.time > 0);
    for (const lane of this.lanes) lane.draw(beat);
  }
}

// One part on a card: its name or its choice of instruments, two switches, and its picture.
class Lane {
  constructor(card, part, number, plays) {
    Object.assign(this, { card, part, number, plays });
    this.canvas = make("canvas", "lane", "", { "aria-hidden": true });
    card.point(this.canvas);
    this.mute = this.makeSwitch("mute", "Mute", card.muted);
    this.solo = this.makeSwitch("solo", "Solo", card.alone);
    const about = make("div", "part", "");
    about.style.setProperty("--part", `var(--roll-part-${number % PARTS})`);
    const knobs = make("div", "knobs", "");
    knobs.append(...(props.notice || !plays ? [] : [this.mute, this.solo]));
    about.append(make("span", "name", part.name), knobs, this.makeChoice());
    this.element = make("div", "row", "");
    this.element.append(about, this.canvas);
    this.show();
  }

  makeSwitch(className, word, set) {
    const made = make("button", className, word, { type: "button" });
    made.setAttribute("aria-label", `${word} ${this.part.name} of ${this.card.piece.title}`);
    made.addEventListener("click", () => this.card.toggle(set, this.number));
    return made;
  }

  makeChoice() {
    const instruments = props.instruments[this.part.name];
    if (!this.plays) return make("span", "silent", "silent");
    if (!instruments) return "";
    this.choice = make("select", "instrument", "", {
      "aria-label": `Instrument of ${this.part.name} in ${this.card.piece.title}`,
    });
    this.choice.append(...Object.entries(instruments).map(([name, program]) => new Option(name, program)));
    this.choice.addEventListener("change", () => {
      const detail = { name: this.part.name, program: Number(this.choice.value) };
      document.dispatchEvent(new CustomEvent("instrument", { detail }));
    });
    return this.choice;
  }

  show() {
    const { muted, alone, programs } = this.card;
    this.mute.setAttribute("aria-pressed", muted.has(this.number));
    this.solo.setAttribute("aria-pressed", alone.has(this.number));
    if (this.choice) this.choice.value = programs[this.number];
  }

  draw(beat) {
    const isHeard = this.card.isHeard(this.number);
    new LanePicture(this.canvas, this.card.piece, this.number).draw(beat, this.card.mix.time > 0, isHeard);
  }
}

function show() {
  hush();
  cards = (props.value || []).map((piece) => new Card(piece));
  renew(list, cards.map((card) => card.element));
  element.querySelector(".hint").hidden = cards.length > 0 || !props.hint;
  element.querySelector(".status").textContent = cards.map((card) => card.piece.title).join(", ");
  redraw();
  if (!props.notice) prepare(cards);
}

// Has all parts rendered, card after card, for as long as they are shown: what is ready starts at once. The first card's
// are fetched as well, all at the same time, since it is the one that is heard first.
async function prepare(shown) {
  await shown[0]?.mix.load().catch(() => {});
  for (const card of shown.slice(1)) {
    if (cards === shown) await card.prepare().catch(() => {});
  }
}

function redraw() {
  cards.forEach((card) => card.draw());
}

// Only the card that plays keeps its sounds in memory.
function hush(except) {
  for (const card of cards.filter((one) => one !== except)) {
    if (card.isWanted) card.rest();
    card.mix.forget();
  }
}

element.querySelector(".hint").textContent = props.hint;
element.querySelector(".notice").textContent = props.notice;
element.querySelector(".notice").hidden = !props.notice;
list.classList.add("long");
watch("value", show);
show();
new ResizeObserver(redraw).observe(list);
new MutationObserver(redraw).observe(document.body, { attributes: true, attributeFilter: ["class"] });
// one sound at a time, whichever tab it is in
document.addEventListener("play", ({ target }) => hush(cards.find((card) => card.element === target)), true);
document.addEventListener("instrument", ({ detail: { name, program } }) => {
  chosen[name] = program;
  for (const card of cards) {
    card.piece.parts.forEach((part, number) => part.name === name && card.choose(number, program));
  }
});
