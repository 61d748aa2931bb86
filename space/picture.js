// One drawing of a piano roll: the keyboard at the left with its drums below, bars and beats, notes, and the playhead.
// drums.js comes before it, and what shows music after it, in the same function.

const NAMES = ["C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B"];
const BLACK_KEYS = new Set([1, 3, 6, 8, 10]);
const BAR = 4; // quarters
const PARTS = 8; // colours
const LEAST = 15; // keys, so that a melody of three notes does not look like a wall
const DRUM_SIZE = 1.6; // times the height of a key

// Quarters that a key moves the playhead by, as a slider's keys do.
const STEPS = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
  PageDown: -BAR,
  PageUp: BAR,
  Home: -Infinity,
  End: Infinity,
};

// All in px.
const KEYS = 56; // the width of the keyboard,
const BLACK = 24; // and of its black keys
const TOP = 20; // for the numbers of the bars
const LABEL = 12; // from the name of one key to the next
const NUMBER = 24; // from the number of one bar to the next
const BEAT = 8; // from one beat to the next
const SHORTEST = 3; // a note
const NARROW = 24; // a quarter, within which notes stand closer

function nameOf(note, parts) {
  if (parts[note.part].drums) return drumAt(note.pitch)?.label ?? String(note.pitch);
  return NAMES[note.pitch % 12] + (Math.floor(note.pitch / 12) - 1);
}

// The lanes of a piece from top to bottom, each {pitch, drums, label, hasNotes, size, top};
// sizes and tops are in keys.
function lanesOf(piece) {
  const played = new Map();
  for (const note of piece.notes) {
    const lane = { pitch: note.pitch, drums: piece.parts[note.part].drums, size: DRUM_SIZE, hasNotes: true };
    played.set(`${lane.drums} ${lane.pitch}`, { ...lane, label: nameOf(note, piece.parts) });
  }
  const all = [...played.values()].sort((a, b) => b.pitch - a.pitch);
  const lanes = [...keyboard(all.filter((lane) => !lane.drums)), ...all.filter((lane) => lane.drums)];
  lanes.reduce((top, lane) => (lane.top = top) + lane.size, 0);
  return lanes;
}

// Every semitone from a little above the highest pitch to a little below the lowest.
function keyboard(played) {
  if (!played.length) return [];
  const [high, low] = [played[0].pitch + 2, played.at(-1).pitch - 2];
  const spare = Math.max(0, LEAST - (high - low + 1));
  return Array.from({ length: high - low + 1 + spare }, (_, i) => {
    const pitch = high + Math.floor(spare / 2) - i;
    const lane = played.find((one) => one.pitch === pitch);
    const label = pitch % 12 === 0 ? `C${pitch / 12 - 1}` : "";
    return { pitch, drums: false, label, hasNotes: false, ...lane, size: 1 };
  });
}

// How many keys high the lanes are.
function sizeOf(lanes) {
  return lanes.reduce((sum, lane) => sum + lane.size, 0);
}

class Picture {
  constructor(canvas, piece, lanes) {
    const scale = window.devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = canvas;
    Object.assign(canvas, { width: Math.round(width * scale), height: Math.round(height * scale) });
    Object.assign(this, { piece, lanes, width, height, style: getComputedStyle(canvas), pen: canvas.getContext("2d") });
    this.pen.scale(scale, scale);
    this.key = (height - TOP) / Math.max(1, sizeOf(lanes));
    this.quarter = (width - KEYS) / piece.beats;
  }

  draw(beat, moving) {
    const lit = this.piece.notes.filter((note) => moving && note.start <= beat && beat < note.end);
    this.ground();
    this.grid();
    for (const note of this.piece.notes) this.note(note, lit.includes(note));
    this.keys(new Set(lit.map((note) => this.lane(note))));
    if (moving) this.playhead(this.x(beat));
  }

  x(beat) {
    return KEYS + beat * this.quarter;
  }

  lane(note) {
    return this.lanes.find((lane) => lane.pitch === note.pitch && lane.drums === this.piece.parts[note.part].drums);
  }

  // Top and height of a lane.
  span(lane) {
    return [TOP + lane.top * this.key, lane.size * this.key];
  }

  middle(lane) {
    return TOP + (lane.top + lane.size / 2) * this.key;
  }

  color(name) {
    return this.style.getPropertyValue(`--roll-${name}`).trim();
  }

  // What a note is filled with: the colour of its part or, in a morph, of its step, from the first to the last between
  // two ends that are black.
  ink(note) {
    if (!this.piece.stride) return this.color(`part-${note.part % PARTS}`);
    const last = Math.round(this.piece.beats / this.piece.stride) - 1;
    const step = Math.floor(note.start / this.piece.stride);
    if (step === 0 || step === last) return this.color("end");
    const share = last > 2 ? (step - 1) / (last - 2) : 0;
    return `color-mix(in oklch, ${this.color("first")}, ${this.color("last")} ${share * 100}%)`;
  }

  box(color, ...place) {
    this.fill(this.color(color), ...place);
  }

  fill(paint, x, y, width, height, radius = 0) {
    this.pen.fillStyle = paint;
    this.pen.beginPath();
    this.pen.roundRect(x, y, width, height, radius);
    this.pen.fill();
  }

  text(words, color, x, y, align) {
    this.pen.font = `11px ${this.style.fontFamily}`;
    this.pen.textBaseline = "middle";
    this.pen.textAlign = align;
    this.pen.fillStyle = this.color(color);
    this.pen.fillText(words, x, y);
  }

  isBlack({ pitch, drums }) {
    return !drums && BLACK_KEYS.has(pitch % 12);
  }

  ground() {
    this.box("ground", KEYS, TOP, this.width - KEYS, this.height - TOP);
    for (const lane of this.lanes.filter((one) => this.isBlack(one))) {
      const [y, height] = this.span(lane);
      this.box("black-lane", KEYS, y, this.width - KEYS, height);
    }
  }

  grid() {
    if (this.piece.stride) return this.steps();
    const numbered = BAR * (BAR * this.quarter < NUMBER ? 4 : 1);
    for (let beat = 0; beat <= this.piece.beats; beat += this.quarter < BEAT ? BAR : 1) {
      const x = Math.min(Math.round(this.x(beat)), this.width - 1);
      const isNumbered = beat % numbered === 0;
      this.box(beat % BAR ? "beat" : "bar", x, isNumbered ? 4 : TOP, 1, this.height);
      if (isNumbered && beat < this.piece.beats) this.text(beat / BAR + 1, "label", x + 5, TOP / 2 + 1, "left");
    }
  }

  // The steps of a morph, numbered between A and B; bars between them where there is room.
  steps() {
    const { beats, stride } = this.piece;
    for (let beat = 0; beat < beats && BAR * this.quarter >= BEAT; beat += BAR) {
      this.box("beat", Math.round(this.x(beat)), TOP, 1, this.height);
    }
    const last = Math.round(beats / stride) - 1;
    for (let step = 0; step <= last; step += 1) {
      const x = Math.round(this.x(step * stride));
      this.box("bar", x, 4, 1, this.height);
      this.text(step === 0 ? "A" : step === last ? "B" : step, "label", x + 5, TOP / 2 + 1, "left");
    }
  }

  note(note, isLit) {
    const [top, size] = this.span(this.lane(note));
    const [x, y, height] = [this.x(note.start) + 1, top + 0.5, size - 1];
    const gap = this.quarter < NARROW ? 0.5 : 2;
    const width = Math.max((note.end - note.start) * this.quarter - gap, SHORTEST);
    const ink = this.ink(note);
    if (isLit) this.fill(ink, x - 3, y - 3, width + 6, height + 6, 7);
    this.fill(isLit ? this.color("lit") : ink, x, y, width, height, Math.min(4, height / 2));
  }

  keys(lit) {
    this.box("white-key", 0, TOP, KEYS - 2, this.height - TOP, 3);
    this.lanes.forEach((lane, row) => this.oneKey(lane, this.lanes[row - 1], lit.has(lane)));
    for (const lane of this.labelled(lit)) {
      const left = lane.drums ? 2 : BLACK + 2; // no black key is among the drums
      this.box(lit.has(lane) ? "lit" : "white-key", left, this.middle(lane) - 5, KEYS - 2 - left, 10);
      this.text(lane.label, "key-label", KEYS - 6, this.middle(lane) + 0.5, "right");
    }
  }

  oneKey(lane, above, isLit) {
    const [y, height] = this.span(lane);
    if (isLit) this.box("lit", 0, y, KEYS - 2, height, 2);
    if (this.isBlack(lane)) {
      if (!isLit) this.box("key-line", BLACK, this.middle(lane) - 0.5, KEYS - 2 - BLACK, 1);
      this.box(isLit ? "lit" : "black-key", 0, y + 0.25, BLACK, height - 0.5, [0, 2, 2, 0]);
    } else if (above && !this.isBlack(above)) {
      this.box("key-line", 0, y - 0.5, KEYS - 2, 1);
    }
  }

  // The lanes that have their name on their key: those that sound, then those with notes, then every C that finds room.
  labelled(lit) {
    const rank = (lane) => (lit.has(lane) ? 0 : lane.hasNotes ? 1 : 2);
    const named = this.lanes.filter((lane) => lane.label).sort((a, b) => rank(a) - rank(b));
    const chosen = [];
    for (const lane of named) {
      const far = (other) => Math.abs(this.middle(other) - this.middle(lane)) >= LABEL;
      if (chosen.every(far)) chosen.push(lane);
    }
    return chosen;
  }

  playhead(x) {
    this.box("playhead", x - 1, 6, 2, this.height - 6, 1);
    this.box("playhead", x - 4, 4, 8, 8, 4);
  }
}
