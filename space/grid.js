// A grid of steps to paint music on: a row for each pitch, a column for each 16th, and a block of columns for each bar;
// where there is no room, bars stand below one another. Its notes are {pitch, start, end}, in steps.
//
//   const grid = new Grid(host, { label: "Beat", rows: [{ pitch: 36, label: "Kick" }, …], steps: 32, changed, touched });
//   grid.notes = [{ pitch: 36, start: 0, end: 1 }];   // shown; `changed(notes)` is called for what the visitor paints
//   grid.point(4);                                    // the column that sounds; null for none
//   grid.locked = true;                               // shown, but not to be painted
//
// `touched(pitch)` is called where a note is put, so that it can be heard. With `melody: true` there is one note at a time,
// and a stroke along a row draws a long one; Shift and the arrows make the note under the cursor longer and shorter.

const SIXTEENTHS = 16; // in a bar
const BEAT_STEPS = 4;

// Rows down and steps right that a key moves by.
const GRID_KEYS = {
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  PageUp: [0, -SIXTEENTHS],
  PageDown: [0, SIXTEENTHS],
  Home: [0, -Infinity],
  End: [0, Infinity],
};

class Grid {
  #notes = [];
  #locked = false;
  #label = "";
  #pointed = null;
  #focused = [0, 0];
  #stroke = null;

  constructor(host, { label, rows, steps, melody = false, changed = () => {}, touched = () => {} }) {
    this.changed = changed;
    this.touched = touched;
    this.melody = melody;
    this.host = host;
    this.host.classList.add("grid");
    this.host.classList.toggle("melody", melody);
    this.#label = label;
    this.shape(rows, steps);
    this.#listen();
  }

  get notes() {
    return this.#notes;
  }

  set notes(notes) {
    this.#stroke = null;
    this.#notes = notes.map(({ pitch, start, end }) => ({ pitch, start, end }));
    this.#draw();
  }

  get locked() {
    return this.#locked;
  }

  set locked(locked) {
    this.#locked = locked;
    this.#stroke = null;
    this.host.classList.toggle("locked", locked);
    for (const bar of this.bars) bar.setAttribute("aria-readonly", locked);
  }

  get label() {
    return this.#label;
  }

  set label(label) {
    this.#label = label;
    this.bars.forEach((bar, i) => bar.setAttribute("aria-label", `${label}, bar ${i + 1}`));
  }

  // Lays out other rows and steps; the notes stay, and those that have no place any more are not seen.
  shape(rows, steps) {
    this.rows = rows;
    this.steps = steps;
    this.cells = rows.map(() => []);
    this.bars = Array.from({ length: Math.ceil(steps / SIXTEENTHS) }, (_, bar) => this.#bar(bar));
    const frame = document.createElement("div");
    frame.className = "bars";
    frame.append(...this.bars);
    this.host.replaceChildren(frame);
    this.label = this.#label;
    this.locked = this.#locked;
    this.#focus(...this.#focused);
    this.#draw();
  }

  point(step) {
    if (step === this.#pointed) return;
    for (const row of this.cells) {
      row[this.#pointed]?.classList.remove("now");
      row[step]?.classList.add("now");
    }
    this.#pointed = step;
  }

  #bar(number) {
    const bar = document.createElement("div");
    bar.className = "bar";
    bar.setAttribute("role", "grid");
    bar.append(...this.rows.map((_, row) => this.#row(row, number)));
    return bar;
  }

  #row(row, bar) {
    const line = document.createElement("div");
    const name = document.createElement("span");
    line.className = this.rows[row].accent ? "line accent" : "line";
    line.setAttribute("role", "row");
    name.className = "name";
    name.setAttribute("role", "rowheader");
    name.textContent = this.rows[row].label;
    line.append(name);
    for (let step = bar * SIXTEENTHS; step < Math.min((bar + 1) * SIXTEENTHS, this.steps); step += 1) {
      line.append((this.cells[row][step] = this.#cell(row, step)));
    }
    return line;
  }

  #cell(row, step) {
    const cell = document.createElement("span");
    const [bar, beat, part] = [step / SIXTEENTHS, (step % SIXTEENTHS) / BEAT_STEPS, step % BEAT_STEPS].map(Math.floor);
    cell.className = beat % 2 ? "cell even" : "cell";
    cell.setAttribute("role", "gridcell");
    cell.setAttribute("aria-label", `${this.rows[row].label}, bar ${bar + 1}, beat ${beat + 1}, step ${part + 1}`);
    cell.tabIndex = -1;
    cell.place = [row, step];
    return cell;
  }

  #listen() {
    this.host.addEventListener("pointerdown", (event) => this.#begin(event));
    this.host.addEventListener("pointermove", (event) => this.#go(event));
    this.host.addEventListener("pointerup", () => this.#finish());
    this.host.addEventListener("pointercancel", () => this.#undo()); // the finger scrolls the page after all
    this.host.addEventListener("keydown", (event) => this.#press(event));
    this.host.addEventListener("focusin", ({ target }) => target.place && this.#focus(...target.place));
  }

  #begin(event) {
    const place = event.target.place;
    if (!place || event.button !== 0 || this.#locked) return;
    event.preventDefault(); // no text is selected
    event.target.focus({ preventScroll: true });
    this.host.setPointerCapture(event.pointerId);
    this.#stroke = { before: this.#notes, isPut: !this.#at(...place), last: place };
    this.#paint(...place);
  }

  #go(event) {
    const place = this.#stroke && document.elementFromPoint(event.clientX, event.clientY)?.place;
    if (!place || !this.host.contains(this.cells[place[0]]?.[place[1]])) return;
    for (const [row, step] of between(this.#stroke.last, place)) this.#paint(row, step);
    this.#stroke.last = place;
  }

  #finish() {
    const stroke = this.#stroke;
    this.#stroke = null;
    if (stroke && stroke.before !== this.#notes) this.changed(this.#notes);
  }

  #undo() {
    if (!this.#stroke) return;
    this.#notes = this.#stroke.before;
    this.#stroke = null;
    this.#draw();
  }

  #press(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const [row, step] = this.#focused;
    const way = GRID_KEYS[event.key];
    const longer = this.melody && event.shiftKey && !this.#locked && { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (longer) {
      this.#lengthen(row, step, longer);
    } else if (way) {
      this.#focus(row + way[0], step + way[1]);
      this.cells[this.#focused[0]][this.#focused[1]].focus();
    } else if ((event.key === " " || event.key === "Enter") && !this.#locked) {
      this.#stroke = { before: this.#notes, isPut: !this.#at(row, step), last: [row, step] };
      this.#paint(row, step);
      this.#finish();
    } else {
      return;
    }
    event.preventDefault();
  }

  // The one cell that Tab comes to.
  #focus(row, step) {
    const [was, at] = this.#focused;
    if (this.cells[was]?.[at]) this.cells[was][at].tabIndex = -1;
    this.#focused = [clamp(row, this.rows.length - 1), clamp(step, this.steps - 1)];
    this.cells[this.#focused[0]][this.#focused[1]].tabIndex = 0;
  }

  #at(row, step) {
    const { pitch } = this.rows[row];
    return this.#notes.find((note) => note.pitch === pitch && note.start <= step && step < note.end);
  }

  #paint(row, step) {
    const there = this.#at(row, step);
    if (!there === !this.#stroke.isPut) return;
    const { pitch } = this.rows[row];
    if (there) this.#notes = this.#notes.filter((note) => note !== there);
    else if (this.melody) this.#hold(pitch, step);
    else this.#put({ pitch, start: step, end: step + 1 });
    this.#draw();
  }

  #put(note) {
    this.#notes = [...this.#notes, note];
    this.touched(note.pitch);
  }

  // Goes on with the note that the stroke is drawing, or begins one; whatever else sounded at this step gives way.
  #hold(pitch, step) {
    const drawn = this.#stroke.note;
    this.#notes = this.#notes.flatMap((note) => without(note, step, step + 1));
    if (drawn?.pitch === pitch && (step === drawn.end || step === drawn.start - 1)) {
      const [start, end] = [Math.min(drawn.start, step), Math.max(drawn.end, step + 1)];
      this.#stroke.note = { pitch, start, end };
      this.#notes = [...this.#notes.filter((note) => note !== drawn), this.#stroke.note];
    } else {
      this.#stroke.note = { pitch, start: step, end: step + 1 };
      this.#put(this.#stroke.note);
    }
  }

  #lengthen(row, step, by) {
    const note = this.#at(row, step);
    const end = note && Math.min(note.end + by, this.steps);
    if (!note || end === note.start || end === note.end) return;
    const others = this.#notes.filter((one) => one !== note).flatMap((one) => without(one, note.start, end));
    this.#notes = [...others, { ...note, end }];
    this.#focus(row, Math.min(step, end - 1));
    this.cells[row][this.#focused[1]].focus();
    this.#draw();
    this.changed(this.#notes);
  }

  #draw() {
    this.cells.forEach((cells, row) => {
      const mine = this.#notes.filter((note) => note.pitch === this.rows[row].pitch);
      cells.forEach((cell, step) => {
        const note = mine.find(({ start, end }) => start <= step && step < end);
        cell.classList.toggle("on", !!note && note.start === step);
        cell.classList.toggle("held", !!note && note.start < step);
        cell.setAttribute("aria-selected", !!note);
      });
    });
  }
}

// What is left of a note where other music takes the steps from `start` to `end`.
function without(note, start, end) {
  if (note.end <= start || end <= note.start) return [note];
  return [{ ...note, end: start }, { ...note, start: end }].filter((part) => part.start < part.end);
}

const clamp = (value, most) => Math.min(Math.max(value, 0), most);

// The cells from one to another, without the first, so that a quick stroke leaves no gaps.
function between([row, step], [lastRow, lastStep]) {
  const length = Math.max(Math.abs(lastRow - row), Math.abs(lastStep - step));
  return Array.from({ length }, (_, i) => {
    const share = (i + 1) / length;
    return [Math.round(row + (lastRow - row) * share), Math.round(step + (lastStep - step) * share)];
  });
}
