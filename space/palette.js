// A palette of beats: cells between four corners, a puck that is moved over them, and a path that it follows while the
// beat goes round. make.js, drums.js, path.js and grid.js come before this in the same function; window.sounds plays.
// props.value are the corners and the cells; moving the puck asks the server for nothing.

const SIDE = 11; // cells
const CORNERS = [0, SIDE - 1, SIDE * (SIDE - 1), SIDE * SIDE - 1];
const LETTERS = ["A", "B", "C", "D"];
const PAUSE = 300; // ms after the last stroke until a painted corner is sent
const TIPS = {
  move: "Drag the puck: each place is a beat of its own.",
  draw: "Draw a line: the puck follows it, in time.",
};
const ROWS = [...DRUMS].reverse(); // of the grid, cymbals first
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const $ = (selector) => element.querySelector(selector);

// The color of a place, as CSS.
function colorAt({ x, y }) {
  const between = (a, b, share) => `color-mix(in oklab, ${a}, ${b} ${Math.round(share * 1000) / 10}%)`;
  const [a, b, c, d] = CORNERS.map((_, i) => `var(--corner-${i})`);
  return between(between(a, b, x), between(c, d, x), y);
}

// Masks of drums as notes of a grid, and back.
function notesOf(masks) {
  return masks.flatMap((mask, start) => pitchesOf(mask).map((pitch) => ({ pitch, start, end: start + 1 })));
}
function masksOf(notes, steps) {
  const masks = Array(steps).fill(0);
  for (const { pitch, start } of notes) masks[start] |= drumAt(pitch).bit;
  return masks;
}
function pitchesOf(mask) {
  return DRUMS.filter(({ bit }) => mask & bit).map(({ pitch }) => pitch);
}

// One of the corners: its picture, its name, and where else its beat can come from.
class Corner {
  constructor(number, palette) {
    const letter = LETTERS[number];
    this.own = make("option", "", "", { value: "", hidden: "" });
    this.canvas = make("canvas", "", "", { "aria-hidden": true });
    this.go = make("button", "go", "", { type: "button", "aria-label": `Go to beat ${letter}` });
    this.go.append(make("span", "letter", letter), this.canvas);
    this.choice = make("select", "choice", "", { "aria-label": `Beat ${letter}` });
    this.choice.append(this.own, ...props.beats.map((name) => make("option", "", name)));
    this.anew = make("button", "anew", "", { type: "button", "aria-label": `New beat ${letter}`, title: "New beat" });
    this.element = make("div", "corner", "");
    this.element.style.setProperty("--corner", `var(--corner-${number})`);
    this.element.append(this.go, this.choice, this.anew);
    this.go.addEventListener("click", () => palette.visit(number));
    this.choice.addEventListener("change", () => palette.replace(number, this.choice.value));
    this.anew.addEventListener("click", () => palette.replace(number, null));
  }

  // Called after one of the known beats, or by a word of its own.
  name(name) {
    const isKnown = props.beats.includes(name);
    if (!isKnown) this.own.textContent = name;
    this.choice.value = isKnown ? name : "";
  }

  get title() {
    return this.choice.selectedOptions[0]?.text ?? "";
  }

  draw(masks) {
    const rows = ROWS.length;
    Object.assign(this.canvas, { width: masks.length * 4, height: rows * 4 });
    const pen = this.canvas.getContext("2d");
    pen.fillStyle = getComputedStyle(this.element).color;
    ROWS.forEach(({ bit }, row) => {
      masks.forEach((mask, step) => mask & bit && pen.fillRect(step * 4, row * 4, 3, 3));
    });
  }
}

class Palette {
  pace = { qpm: props.qpm, loops: props.loops };
  puck = { x: 0.5, y: 0.5 };
  path = null;
  tool = "move";
  anchor = 0; // the step at which the path began
  step = 0; // that was scheduled last
  sound = null; // the token of what is being played,
  heard = null; // and its step

  constructor() {
    this.board = $(".board");
    this.corners = LETTERS.map((_, number) => new Corner(number, this));
    $(".corners").append(...this.corners.map((corner) => corner.element));
    this.cells = Array.from({ length: SIDE * SIDE }, (_, i) => {
      const cell = make("span", "tile", "");
      cell.style.background = colorAt({ x: (i % SIDE) / (SIDE - 1), y: Math.floor(i / SIDE) / (SIDE - 1) });
      return cell;
    });
    CORNERS.forEach((cell, number) => (this.cells[cell].append(make("span", "letter", LETTERS[number]))));
    $(".cells").append(...this.cells);
    this.grid = new Grid($(".score"), {
      label: "Beat",
      rows: ROWS,
      steps: props.value.corners[0].length,
      changed: (notes) => this.paint(notes),
      touched: (pitch) => this.sound || sounds.hit({ kit: "drums", pitch }),
    });
    this.names = [...props.names];
    this.wanted = [...props.value.corners];
    this.listen();
    this.adopt();
  }

  listen() {
    $(".play").addEventListener("click", () => (this.sound ? sounds.stop() : this.play()));
    $(".clear").addEventListener("click", () => this.paint([]));
    for (const tool of element.querySelectorAll(".tool")) {
      tool.addEventListener("click", () => this.take(tool.dataset.tool));
    }
    this.board.addEventListener("pointerdown", (event) => this.begin(event));
    this.board.addEventListener("pointermove", (event) => this.drag(event));
    this.board.addEventListener("pointerup", () => this.drop());
    this.board.addEventListener("pointercancel", () => this.drop());
    this.board.addEventListener("keydown", (event) => this.press(event));
    document.addEventListener("pace", ({ detail }) => (this.pace = detail));
  }

  // Takes over what the server made, unless the corners have changed since it was asked.
  adopt() {
    const { corners, cells } = props.value;
    const isMeant = (corner, i) => !Array.isArray(corner) || String(corner) === String(corners[i]);
    if (!this.wanted.every(isMeant)) return;
    if (corners[0].length !== this.grid.steps) this.grid.shape(ROWS, corners[0].length);
    this.beats = cells.map((masks) => [...masks]);
    this.wanted = corners.map((masks) => [...masks]);
    this.corners.forEach((corner, i) => corner.name(this.names[i]));
    this.redraw();
  }

  redraw() {
    this.corners.forEach((corner, i) => corner.draw(this.beats[CORNERS[i]]));
    this.look(this.place);
    this.describe(this.shown);
  }

  get steps() {
    return this.beats[0].length;
  }

  get isFollowing() {
    return this.tool === "draw" && this.path !== null && !this.stroke;
  }

  get place() {
    return this.isFollowing ? this.placeAt(this.step) : this.puck;
  }

  placeAt(step) {
    const length = this.steps * this.pace.loops;
    return this.path.at((step - this.anchor) % length, length);
  }

  // What is heard: the corners, and the way between them.
  get walk() {
    const points = this.isFollowing ? this.path.points : [this.puck];
    return [CORNERS.map((cell) => this.beats[cell]), points.map(({ x, y }) => [x, y])];
  }

  // Sound

  async play() {
    const token = (this.sound = {});
    this.step = this.anchor = 0;
    this.look(this.place);
    this.say("");
    const problem = await sounds.play({
      kits: ["drums"],
      steps: Infinity,
      qpm: () => this.pace.qpm,
      at: (step) => this.hits(step),
      show: (step) => this.show(step),
      ended: () => this.sound === token && this.rest(),
    });
    if (problem) this.say(problem);
  }

  show(step) {
    this.heard = step;
    this.look(this.isFollowing ? this.placeAt(step) : this.puck);
  }

  rest() {
    this.sound = this.heard = null;
    this.step = this.anchor = 0;
    this.look(this.place);
  }

  hits(step) {
    this.step = step;
    const mask = this.beats[cellOf(this.place)][step % this.steps];
    return pitchesOf(mask).map((pitch) => ({ kit: "drums", pitch }));
  }

  // Picture

  look(place) {
    const step = this.heard;
    const cell = cellOf(place);
    this.board.style.setProperty("--x", place.x);
    this.board.style.setProperty("--y", place.y);
    $(".palette").classList.toggle("playing", this.sound !== null);
    $(".play").setAttribute("aria-label", this.sound ? "Stop the palette" : "Play the palette");
    this.grid.point(step === null ? null : step % this.steps);
    this.board.classList.toggle("kick", step !== null && (this.beats[cell][step % this.steps] & 1) === 1);
    if (cell === this.shown) return;
    this.cells[this.shown]?.classList.remove("here");
    this.cells[cell].classList.add("here");
    this.shown = cell;
    this.describe(cell);
  }

  describe(cell) {
    const [row, column] = [Math.floor(cell / SIDE), cell % SIDE];
    const corner = this.isFollowing ? -1 : CORNERS.indexOf(cell);
    const isCorner = corner >= 0;
    const value = isCorner ? `Beat ${LETTERS[corner]}` : `column ${column + 1}, row ${row + 1} of ${SIDE}`;
    this.board.setAttribute("aria-valuenow", cell + 1);
    this.board.setAttribute("aria-valuetext", value);
    this.corners.forEach((one, i) => one.go.setAttribute("aria-pressed", i === corner));
    this.grid.host.style.setProperty("--ink", colorAt({ x: column / (SIDE - 1), y: row / (SIDE - 1) }));
    this.grid.notes = notesOf(this.beats[cell]);
    this.grid.label = isCorner ? value : "Beat under the puck";
    this.grid.locked = !isCorner;
    $(".editor .title").textContent = isCorner ? `${value} – ${this.corners[corner].title}` : "Between the beats";
    $(".editor .about").textContent = isCorner ? "Paint on it." : "Press A, B, C or D to change one.";
    $(".clear").hidden = !isCorner;
    $(".tip").textContent = TIPS[this.tool];
  }

  trace() {
    const points = this.tool === "draw" && this.path ? this.path.points : [];
    const toBoard = (share) => (share * (SIDE - 1) + 0.5) / SIDE;
    const drawn = points.map(({ x, y }) => `${toBoard(x)},${toBoard(y)}`).join(" ");
    for (const line of element.querySelectorAll("polyline")) line.setAttribute("points", drawn);
  }

  say(problem) {
    $(".notice").textContent = problem;
    $(".notice").hidden = !problem;
  }

  // Puck and path

  take(tool) {
    if (tool === "move") this.puck = this.place;
    this.tool = tool;
    for (const one of element.querySelectorAll(".tool")) one.setAttribute("aria-pressed", one.dataset.tool === tool);
    this.follow();
  }

  move(place) {
    this.puck = place;
    this.stroke?.add(place);
    this.trace();
    this.look(place);
  }

  // The puck goes on where the beat is now, as if it had followed the path since the beat began anew.
  follow() {
    this.anchor = Math.floor(this.step / this.steps) * this.steps;
    this.trace();
    this.look(this.place);
    this.describe(this.shown);
  }

  begin(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    this.board.focus({ preventScroll: true });
    this.board.setPointerCapture(event.pointerId);
    this.isDragged = true;
    if (this.tool === "draw") this.path = this.stroke = new Path();
    this.move(this.under(event));
  }

  drag(event) {
    if (this.isDragged) this.move(this.under(event));
  }

  drop() {
    if (!this.isDragged) return;
    this.isDragged = false;
    this.stroke = null;
    if (this.tool === "draw") this.follow();
  }

  under({ clientX, clientY }) {
    const { left, top, width, height } = this.board.getBoundingClientRect();
    const toPlace = (share) => (share * SIDE - 0.5) / (SIDE - 1);
    return tidy({ x: toPlace((clientX - left) / width), y: toPlace((clientY - top) / height) });
  }

  // Arrows move the puck by a cell; while drawing they make the path longer.
  press(event) {
    const way = ARROWS[event.key];
    if (!way || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const isDrawing = this.tool === "draw";
    const from = isDrawing && this.path ? this.path.points.at(-1) : this.puck;
    const next = (value, cells) => Math.round(value * (SIDE - 1) + cells) / (SIDE - 1);
    const to = { x: next(from.x, way[0]), y: next(from.y, way[1]) };
    if (isDrawing) {
      this.path ??= new Path([from]);
      this.path.add(tidy(to));
      this.follow();
    } else {
      this.move(tidy(to));
    }
  }

  // Corners

  visit(number) {
    this.take("move");
    this.move({ x: number % 2, y: Math.floor(number / 2) });
    this.look(this.puck);
  }

  // Another beat for a corner: the name of one, or null for one that the model makes up.
  replace(number, beat) {
    this.names[number] = beat ?? "Sampled";
    this.wanted[number] = beat;
    this.visit(number);
    this.ask();
  }

  renew() {
    this.names.fill("Sampled");
    this.wanted.fill(null);
  }

  paint(notes) {
    const number = CORNERS.indexOf(cellOf(this.puck));
    const masks = masksOf(notes, this.steps);
    this.names[number] = "Drawn by hand";
    this.wanted[number] = this.beats[CORNERS[number]] = masks;
    this.corners[number].name(this.names[number]);
    this.redraw();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), PAUSE);
  }

  ask() {
    clearTimeout(this.timer);
    trigger("blend");
  }
}

const palette = new Palette();
$(".palette").palette = palette; // where the tab finds its state
watch("value", () => palette.adopt());
new MutationObserver(() => palette.redraw()).observe(document.body, { attributes: true, attributeFilter: ["class"] });
