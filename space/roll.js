// Cards of music that play. gr.HTML runs this, after picture.js, once for each component, and hands it `element`,
// `props`, `server` and `watch`; props.value are the pieces. Nothing that comes from them is ever parsed as HTML.

const LONG = 16; // quarters, beyond which a card has a row of its own
const KEY = 9; // px that a key is high where there is room
const LOWEST = 180; // px, the height of a roll
const HIGHEST = { short: 264, long: 380 };

const list = element.querySelector(".cards");
let cards = [];

class Card {
  constructor(piece) {
    this.piece = piece;
    this.lanes = lanesOf(props.together ? { ...piece, notes: props.value.flatMap(({ notes }) => notes) } : piece);
    this.audio = make("audio", "", "", { preload: "none" });
    this.button = make("button", "play", "", { type: "button" });
    this.about = make("p", "about", describe(piece));
    this.canvas = make("canvas", "roll", "", {
      role: "slider",
      tabindex: 0,
      "aria-label": `Position in ${piece.title}`,
      "aria-valuemin": 0,
      "aria-valuemax": piece.beats,
    });
    this.element = make("article", "card", "", { "aria-label": piece.title });
    this.element.append(this.head(), this.canvas, this.audio);
    if (props.targets.length) this.element.append(footOf(piece, props.targets));
    this.listen();
    this.rest();
  }

  head() {
    const head = headOf(this.piece, this.button, this.about);
    if (props.notice) return head;
    const link = linkTo(this.piece, "WAV", this.wav);
    link.addEventListener("click", (event) => this.take(event, link));
    head.append(link);
    return head;
  }

  get wav() {
    const { wav, midi } = this.piece;
    const [url, name] = [midi.url, midi.orig_name].map((path) => path.replace(/mid$/, "wav"));
    return wav ?? { url, orig_name: name };
  }

  // The sound that is taken home may have to be rendered yet.
  async take(event, link) {
    if (this.isLoaded) return;
    event.preventDefault();
    const problem = await this.load().catch(() => "The sound cannot be fetched; make this piece anew.");
    if (problem) return this.fail(problem);
    this.isLoaded = true;
    link.click();
  }

  listen() {
    this.button.addEventListener("click", () => (this.isWanted ? this.rest() : this.play()));
    this.audio.addEventListener("playing", () => this.follow());
    this.audio.addEventListener("pause", () => this.isWanted && this.audio.paused && this.rest()); // at its end, too
    this.canvas.addEventListener("pointerdown", (event) => this.point(event));
    this.canvas.addEventListener("pointermove", (event) => event.buttons & 1 && this.point(event));
    this.canvas.addEventListener("keydown", (event) => this.press(event));
  }

  // Has the server render the sound, once; resolves to what went wrong, if anything.
  load() {
    this.loading ??= this.piece.wav ? Promise.resolve(null) : server.sound(this.piece.midi.path);
    return this.loading;
  }

  async play() {
    this.want(true);
    hush(this);
    try {
      const problem = await this.load();
      if (problem) return this.fail(problem);
      this.audio.src ||= this.wav.url;
      if (this.isWanted) await this.audio.play();
    } catch (error) {
      if (error.name !== "AbortError") this.fail("The sound cannot be fetched; make this piece anew.");
    }
  }

  fail(problem) {
    this.rest();
    this.about.textContent = problem;
  }

  follow() {
    this.draw();
    if (!this.audio.paused) requestAnimationFrame(() => this.follow());
  }

  rest() {
    this.want(false);
    this.audio.pause();
    this.audio.currentTime = 0;
    this.draw();
  }

  want(isWanted) {
    this.isWanted = isWanted;
    this.button.setAttribute("aria-label", `${isWanted ? "Stop" : "Play"} ${this.piece.title}`);
    this.element.classList.toggle("playing", isWanted);
  }

  // Where the music is, in quarters.
  get beat() {
    return Math.min((this.audio.currentTime * this.piece.qpm) / 60, this.piece.beats);
  }

  seek(beat) {
    this.audio.currentTime = (Math.min(Math.max(beat, 0), this.piece.beats) * 60) / this.piece.qpm;
    this.draw();
  }

  point(event) {
    this.seek(((event.offsetX - KEYS) / (this.canvas.clientWidth - KEYS)) * this.piece.beats);
  }

  press(event) {
    if (!(event.key in STEPS)) return;
    event.preventDefault();
    this.seek(this.beat + STEPS[event.key]);
  }

  draw() {
    const beat = this.beat;
    const whole = Math.floor(beat);
    this.canvas.setAttribute("aria-valuenow", whole);
    this.canvas.setAttribute("aria-valuetext", `bar ${Math.floor(whole / BAR) + 1}, beat ${(whole % BAR) + 1}`);
    const isVisible = this.canvas.clientWidth > 0; // not in a tab that is not open
    if (isVisible) new Picture(this.canvas, this.piece, this.lanes).draw(beat, this.audio.currentTime > 0);
  }
}

function show() {
  hush();
  cards = (props.value || []).map((piece) => new Card(piece));
  renew(list, cards.map((card) => card.element));
  shape(cards.some((card) => card.piece.beats > LONG));
  element.querySelector(".hint").hidden = cards.length > 0;
  element.querySelector(".status").textContent = cards.map((card) => card.piece.title).join(", ");
  redraw();
  if (!props.notice) prepare(cards);
}

// Has all sounds rendered, one after another, for as long as their cards are shown: what is ready starts at once.
async function prepare(shown) {
  for (const card of shown) {
    if (cards === shown) await card.load().catch(() => {});
  }
}

// All rolls are equally high, so that cards stand in rows.
function shape(isLong) {
  const wanted = Math.max(0, ...cards.map((card) => sizeOf(card.lanes))) * KEY + TOP;
  const height = Math.min(Math.max(wanted, LOWEST), isLong ? HIGHEST.long : HIGHEST.short);
  list.style.setProperty("--roll-height", `${height}px`);
  list.classList.toggle("long", isLong || props.together);
}

function redraw() {
  cards.forEach((card) => card.draw());
}

function hush(except) {
  for (const card of cards) if (card !== except && card.isWanted) card.rest();
}

element.querySelector(".hint").textContent = props.hint;
element.querySelector(".notice").textContent = props.notice;
element.querySelector(".notice").hidden = !props.notice;
watch("value", show);
show();
new ResizeObserver(redraw).observe(list);
new MutationObserver(redraw).observe(document.body, { attributes: true, attributeFilter: ["class"] });
// one sound at a time, whichever tab it is in
document.addEventListener("play", ({ target }) => hush(cards.find((card) => card.audio === target)), true);
