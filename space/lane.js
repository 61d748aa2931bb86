// Parts of a piece as lanes above one another: bars, notes as high in their lane as they sound, and the playhead.
// Above them all is a ruler, which numbers the bars.

const OCTAVE = 12; // semitones that a lane shows at least
const THICKEST = 9; // px, a note
const MARGIN = 7; // px, above and below the notes of a lane
const PALE = 0.28; // of a part that is not heard
const PHRASE = 4 * BAR; // quarters

class LanePicture extends Picture {
  // `part` is the number of the part; a ruler has none.
  constructor(canvas, piece, part = null) {
    super(canvas, piece, []);
    this.quarter = this.width / piece.beats;
    this.paint = `part-${part % PARTS}`;
    this.notes = part === null ? [] : piece.notes.filter((note) => note.part === part);
    this.rows = part === null ? [] : rowsOf(this.notes, piece.parts[part].drums);
  }

  draw(beat, moving, isHeard) {
    this.box("ground", 0, 0, this.width, this.height);
    this.bars();
    this.pen.globalAlpha = isHeard ? 1 : PALE;
    for (const note of this.notes) this.bar(note, moving && isHeard && note.start <= beat && beat < note.end);
    this.pen.globalAlpha = 1;
    if (moving) this.box("playhead", this.x(beat) - 1, 0, 2, this.height);
  }

  // The bars of the whole piece by number, and the playhead's handle.
  rule(beat, moving) {
    this.pen.clearRect(0, 0, this.width, this.height);
    const numbered = BAR * this.quarter < NUMBER ? PHRASE : BAR;
    for (let start = 0; start < this.piece.beats; start += numbered) {
      this.box("bar", this.x(start), 4, 1, this.height);
      this.text(start / BAR + 1, "label", this.x(start) + 5, this.height / 2 + 1, "left");
    }
    if (moving) this.box("playhead", Math.min(this.x(beat), this.width - 4) - 4, this.height - 9, 8, 8, 4);
  }

  x(beat) {
    return beat * this.quarter;
  }

  bars() {
    for (let start = BAR; start < this.piece.beats; start += BAR) {
      this.box(start % PHRASE ? "beat" : "bar", Math.round(this.x(start)), 0, 1, this.height);
    }
  }

  bar(note, isLit) {
    const room = (this.height - 2 * MARGIN) / this.rows.length;
    const height = Math.min(Math.max(room, 3), THICKEST);
    const y = MARGIN + (this.rows.indexOf(note.pitch) + 0.5) * room - height / 2;
    const width = Math.max((note.end - note.start) * this.quarter - 1, SHORTEST);
    if (isLit) this.box(this.paint, this.x(note.start) - 2, y - 2, width + 4, height + 4, 5);
    this.box(isLit ? "lit" : this.paint, this.x(note.start), y, width, height, Math.min(3, height / 2));
  }
}

// The pitches of a lane from top to bottom: those that are struck where they are drums, else all in between.
function rowsOf(notes, drums) {
  const struck = [...new Set(notes.map((note) => note.pitch))].sort((a, b) => b - a);
  if (drums || !struck.length) return struck;
  const spare = Math.max(0, OCTAVE - (struck[0] - struck.at(-1)));
  const top = struck[0] + Math.ceil(spare / 2);
  return Array.from({ length: struck[0] - struck.at(-1) + spare + 1 }, (_, i) => top - i);
}
