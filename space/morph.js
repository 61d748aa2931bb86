// Morphs that play: long rolls with a step after another, of which a click plays one. gr.HTML runs this, after card.js,
// once for each component; props.value are the pieces.

const LEAST_QUARTER = 8; // px; a roll that needs more room than there is can be scrolled
const HEIGHT = 320; // px

// Steps that a key moves by.
const MOVES = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, Home: -Infinity, End: Infinity };

const list = element.querySelector(".cards");
let ways = [];

class Way {
  constructor(piece) {
    this.piece = piece;
    this.lanes = lanesOf(piece);
    this.last = Math.round(piece.beats / piece.stride) - 1;
    this.beat = null; // null at rest
    this.step = 0; // that keys move
    this.tune = new Tune(piece, (beat) => this.show(beat));
    this.button = make("button", "play", "", { type: "button" });
    this.about = make("p", "about", describe(piece));
    this.canvas = make("canvas", "roll", "", {
      role: "slider",
      tabindex: 0,
      "aria-label": `Step of ${piece.title}`,
      "aria-valuemin": 0,
      "aria-valuemax": this.last,
    });
    this.canvas.style.minWidth = `${KEYS + piece.beats * LEAST_QUARTER}px`;
    this.scroller = make("div", "scroller", "");
    this.scroller.append(this.canvas);
    this.element = make("article", "card", "", { "aria-label": piece.title });
    this.element.append(headOf(piece, this.button, this.about), this.scroller);
    this.button.addEventListener("click", () => (this.tune.isPlaying ? this.tune.stop() : this.play()));
    this.canvas.addEventListener("click", (event) => this.playStep(this.stepAt(event.offsetX)));
    this.canvas.addEventListener("keydown", (event) => this.press(event));
    this.show(null);
  }

  stepAt(x) {
    const share = (x - KEYS) / (this.canvas.clientWidth - KEYS);
    return Math.floor(Math.min(Math.max(share, 0), 0.9999) * (this.last + 1));
  }

  playStep(step) {
    if (!props.notice) this.play(step * this.piece.stride, (step + 1) * this.piece.stride);
    this.step = step;
    this.draw(); // now, for its sound may be heard before the clock has come to it
  }

  async play(from, to) {
    const problem = this.tune.play(from, to);
    this.name();
    if (await problem) this.about.textContent = await problem;
  }

  press(event) {
    if (event.key in MOVES) this.step = Math.min(Math.max(this.step + MOVES[event.key], 0), this.last);
    else if (event.key === "Enter" || event.key === " ") this.playStep(this.step);
    else return;
    event.preventDefault();
    this.draw();
  }

  show(beat) {
    this.beat = beat;
    if (beat !== null) this.step = Math.floor(beat / this.piece.stride);
    this.name();
    this.draw();
    if (beat !== null) this.keepInSight();
  }

  name() {
    const { isPlaying } = this.tune;
    this.button.setAttribute("aria-label", `${isPlaying ? "Stop" : "Play"} ${this.piece.title}`);
    this.element.classList.toggle("playing", isPlaying);
  }

  // Scrolls along where the roll is wider than its card.
  keepInSight() {
    const { scrollWidth, clientWidth } = this.scroller;
    if (scrollWidth <= clientWidth) return;
    const x = KEYS + (this.beat / this.piece.beats) * (scrollWidth - KEYS);
    const { scrollLeft } = this.scroller;
    if (x < scrollLeft || x > scrollLeft + clientWidth - KEYS) this.scroller.scrollLeft = x - KEYS;
  }

  draw() {
    const name = this.step === 0 ? "A" : this.step === this.last ? "B" : `step ${this.step} of ${this.last - 1}`;
    this.canvas.setAttribute("aria-valuenow", this.step);
    this.canvas.setAttribute("aria-valuetext", name);
    if (!this.canvas.clientWidth) return; // in a tab that is not open
    const picture = new Picture(this.canvas, this.piece, this.lanes);
    picture.draw(this.beat ?? 0, this.beat !== null);
  }
}

function show() {
  for (const way of ways) way.tune.stop();
  ways = (props.value || []).map((piece) => new Way(piece));
  list.classList.add("long");
  list.style.setProperty("--roll-height", `${HEIGHT}px`);
  renew(list, ways.map((way) => way.element));
  element.querySelector(".hint").hidden = ways.length > 0;
  element.querySelector(".status").textContent = ways.map((way) => way.piece.title).join(", ");
  redraw();
}

function redraw() {
  for (const way of ways) way.draw();
}

element.querySelector(".hint").textContent = props.hint;
element.querySelector(".notice").textContent = props.notice;
element.querySelector(".notice").hidden = !props.notice;
watch("value", show);
show();
new ResizeObserver(redraw).observe(list);
new MutationObserver(redraw).observe(document.body, { attributes: true, attributeFilter: ["class"] });
