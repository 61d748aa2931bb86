// Music on tiles, in rows: small pictures, each in the colour of its place, that are lit as they sound. drums.js comes
// before it in the same function.

const THIN = 14; // notes above one another, at most, that fill a tile
const SVG = "http://www.w3.org/2000/svg";

// A card as music for the tile number `index` of `count` in rows of `columns`: its notes in 16ths, its place from 0 to 1.
function onTile(card, index, columns, count) {
  const rows = Math.ceil(count / columns);
  return {
    ...card,
    notes: card.notes.map((note) => ({ ...note, start: note.start * 4, end: note.end * 4 })),
    steps: card.beats * 4,
    isDrums: card.parts[0].drums,
    x: (index % columns) / Math.max(columns - 1, 1),
    y: Math.floor(index / columns) / Math.max(rows - 1, 1),
  };
}

// A tile that a screen reader calls `name`, its notes on the range of `all`, so that tiles compare; `mark` is written on it.
function tileOf(music, name, all, mark = "") {
  const tile = document.createElement("button");
  tile.type = "button";
  tile.className = "tile";
  tile.dataset.mark = mark;
  tile.setAttribute("aria-label", name);
  tile.style.setProperty("--x", music.x);
  tile.style.setProperty("--y", music.y);
  tile.append(pictureOf(music, all));
  return tile;
}

function pictureOf({ notes, steps, isDrums }, all) {
  const height = ({ pitch }) => (isDrums ? DRUMS.indexOf(drumAt(pitch)) : pitch);
  const heights = all.flatMap((one) => one.notes.map(height));
  const [low, high] = [Math.min(...heights), Math.max(...heights)];
  const thick = Math.max(1, (high - low) / THIN);
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${steps} ${notes.length ? high - low + thick : 1}`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  for (const note of notes) {
    const box = document.createElementNS(SVG, "rect");
    const { start, end } = note;
    const shape = { x: start, y: high - height(note), width: end - start - 0.25, height: thick };
    for (const [name, value] of Object.entries(shape)) box.setAttribute(name, value);
    svg.append(box);
  }
  return svg;
}

// Lights the notes of a tile that sound at a step; null is silence.
function light(tile, { notes, steps }, step) {
  if (!tile) return;
  tile.classList.toggle("sounding", step !== null);
  tile.style.setProperty("--at", (step ?? 0) / steps);
  tile.querySelectorAll("rect").forEach((box, i) => {
    const { start, end } = notes[i];
    box.classList.toggle("lit", step !== null && start <= step && step < end);
  });
}

// Makes one of the tiles the chosen one, which alone Tab comes to.
function makeCurrent(tiles, chosen) {
  [...tiles.children].forEach((tile, i) => {
    tile.tabIndex = i === chosen ? 0 : -1;
    tile.setAttribute("aria-current", i === chosen);
  });
}

// The tile that an arrow key leads to from the one that has the focus; null where there is none.
function neighbour(event, tiles, columns) {
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
  if (!step) return null;
  event.preventDefault();
  const index = [...tiles.children].indexOf(event.target);
  const next = index + step;
  const isSameRow = Math.floor(next / columns) === Math.floor(index / columns);
  return next < 0 || next >= tiles.children.length || (Math.abs(step) === 1 && !isSameRow) ? null : next;
}
