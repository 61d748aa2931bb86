// One tune and where it comes from. gr.HTML runs this, after card.js and grid.js, once for each component, and hands it
// `upload` as well; props.value is the tune's MIDI file, and whoever chooses another triggers "input".

const LARGEST = 10e6; // bytes of a file that is sent
const MOST = 10000; // seeds
const PAPER = 32; // 16ths to draw on
const PAUSE = 300; // ms after the last stroke until what is drawn is sent
const BLANK = {
  melody: "Paint by dragging: up is higher, long is longer.",
  drums: "Paint by clicking: each row is a drum.",
};

const find = (name) => element.querySelector(`.${name}`);
const [button, about, another, ways, file, partList, barList, bar] = [
  "play",
  "about",
  "another",
  "ways",
  "file",
  "parts",
  "overview",
  "from",
].map(find);
const input = element.querySelector("input[type=file]");

const state = {
  wish: { from: "example", name: props.example },
  examples: props.examples,
  midi: null, // the file that was sent, as the server calls it,
  parts: [], // and what is in it
  model: model(),
  calls: 0,
};
let tune = null;
let grid = null; // to draw on, once that is wanted
const waiting = (window.waiting ??= new Map()); // the names and tabs of sources that wait for a tune

// Shows a tune that has come.
function present(piece) {
  tune?.stop();
  tune = new Tune(piece, draw);
  about.textContent = [piece.title, describe(piece)].join(" · ");
  draw(null);
}

function draw(beat = null) {
  const { isPlaying } = tune;
  button.setAttribute("aria-label", `${isPlaying ? "Stop" : "Play"} ${props.label}`);
  find("card").classList.toggle("playing", isPlaying);
  grid?.point(beat === null ? null : Math.floor(beat * 4) % grid.steps);
  const canvas = find("roll");
  if (canvas.clientWidth) new Picture(canvas, tune.piece, lanesOf(tune.piece)).draw(beat ?? 0, beat !== null);
}

// Asks the server for the tune that is wished for, and hands it on.
async function choose(wish, spare = null) {
  state.wish = wish;
  const call = ++state.calls;
  waiting.set(props.name, props.tab);
  list();
  const asked = { ...wish, place: state.examples.indexOf(wish.name), model: model() };
  const { problem, card: piece, examples } = await ask(() => server.choose(asked));
  if (call !== state.calls) return;
  if (problem && spare) return choose(spare);
  waiting.delete(props.name);
  if (problem) return complain(problem);
  state.examples = examples;
  if (wish.from === "example" && !examples.includes(wish.name)) state.wish = { ...wish, name: piece.title };
  list();
  present({ ...piece, title: wish.title ?? piece.title });
  props.value = { path: piece.midi.path, orig_name: piece.midi.orig_name, meta: { _type: "gradio.FileData" } };
  if (![...waiting.values()].includes(props.tab)) trigger("input"); // else the last of this tab's sources does
}

function model() {
  return window.models?.[props.name] ?? props.model;
}

async function ask(question) {
  try {
    return await question();
  } catch {
    return { problem: "The demo does not answer; try again." };
  }
}

function complain(problem) {
  about.textContent = problem;
}

// The ways there are, and the one that is taken.
function list() {
  nameBar();
  const group = make("optgroup", "", "", { label: "Examples" });
  group.append(...state.examples.map((name) => make("option", "", name, { value: `example ${name}` })));
  const others = [make("option", "", "New from the model", { value: "model" }), group];
  others.push(make("option", "", "Drawn by hand", { value: "drawn" }));
  others.push(make("option", "", "A MIDI file…", { value: "file" }));
  if (state.wish.from === "sent") others.push(make("option", "", "From another tab", { value: "sent" }));
  ways.replaceChildren(...others);
  ways.value = state.wish.from === "example" ? `example ${state.wish.name}` : state.wish.from;
  another.hidden = state.wish.from !== "model";
  file.hidden = state.wish.from !== "file";
  find("drawing").hidden = state.wish.from !== "drawn";
  find("roll").hidden = state.wish.from === "drawn"; // the grid shows it
}

// Lays out paper for the kind of music, and as much of it, as is there now.
function layPaper() {
  const [{ drums }] = tune.piece.parts;
  const steps = Math.min(PAPER, tune.piece.beats * 4);
  if (grid?.melody === !drums && grid.steps === steps) return;
  const host = make("div", "score", "");
  find("score").replaceWith(host);
  grid = new Grid(host, {
    label: `Drawing of ${props.label}`,
    rows: drums ? [...DRUMS].reverse() : props.rows,
    steps,
    melody: !drums,
    changed: hand,
    touched: (pitch) => sounds.isPlaying || props.notice || sounds.hit({ pitch, kit: drums ? "drums" : "piano" }),
  });
}

function blank() {
  return grid.melody ? BLANK.melody : BLANK.drums;
}

function openPaper() {
  layPaper();
  find("drawing").scrollIntoView({ block: "nearest" });
  if (grid.notes.length) hand(grid.notes);
  else complain(blank());
}

// Hands on what is drawn, as soon as the hand rests.
function hand(notes) {
  clearTimeout(state.timer);
  if (!notes.length) return complain(blank());
  const wish = { from: "drawn", drums: !grid.melody, notes };
  state.timer = setTimeout(() => state.wish.from === "drawn" && choose(wish), PAUSE);
}

async function take(sent) {
  if (sent.size > LARGEST) return complain(`${sent.name} has ${Math.round(sent.size / 1e6)} MB; up to 10 MB are read.`);
  complain("Reading the file…");
  const { path, problem } = await ask(() => upload(sent));
  if (problem) return complain(problem);
  state.midi = { path };
  await open();
}

// Lays out what is in the file that was sent.
async function open(spare = null) {
  const { problem, parts } = await ask(() => server.parts({ midi: state.midi, model: model() }));
  find("cut").hidden = Boolean(problem);
  if (problem) return spare ? choose(spare) : complain(problem);
  state.parts = parts;
  partList.replaceChildren(...parts.map(({ name }, i) => make("option", "", `${i + 1}. ${name}`, { value: i })));
  part(0);
}

// Takes a part from its first bar with a note.
function part(number) {
  const { bars } = state.parts[number];
  partList.value = number;
  bar.max = Math.max(1, bars.length);
  bar.value = Math.max(0, bars.findIndex((count) => count)) + 1;
  cut();
}

function cut() {
  choose({ from: "file", midi: state.midi, part: Number(partList.value) + 1, bar: Number(bar.value) });
}

// How much there is in each bar of the part, and from which one on it is taken.
function drawBars() {
  const chosen = state.parts[partList.value];
  const scale = window.devicePixelRatio || 1;
  const { clientWidth: width, clientHeight: height } = barList;
  if (!chosen || !width) return;
  Object.assign(barList, { width: width * scale, height: height * scale });
  const pen = barList.getContext("2d");
  pen.scale(scale, scale);
  const color = (name) => getComputedStyle(barList).getPropertyValue(`--roll-${name}`).trim();
  const most = Math.max(1, ...chosen.bars);
  const each = width / chosen.bars.length;
  const taken = tune.piece.beats / BAR;
  chosen.bars.forEach((count, i) => {
    const isTaken = i >= bar.value - 1 && i < bar.value - 1 + taken;
    const size = count ? 4 + ((height - 4) * count) / most : 2;
    pen.fillStyle = color(isTaken ? "playhead" : count === null ? "beat" : "bar");
    pen.fillRect(i * each, height - size, Math.max(each - 1, 1), size);
  });
}

function nameBar() {
  const label = `Bar ${bar.value} of ${bar.max}`;
  bar.setAttribute("aria-valuetext", label);
  find("where").textContent = label;
  drawBars();
}

// A tune that another tab has sent here is waiting under the name of this source.
function collect() {
  const sent = window.tunes?.[props.name];
  if (!sent) return;
  delete window.tunes[props.name];
  choose({ from: "sent", midi: sent.midi, title: sent.title });
}

// Another model was chosen in this tab; what it cannot read makes room for an example.
function follow() {
  if (model() === state.model) return;
  state.model = model();
  const spare = { from: "example", name: props.example };
  if (state.wish.from === "file" && state.midi) open(spare);
  else choose(state.wish, spare);
}

function roll() {
  choose({ from: "model", seed: Math.floor(Math.random() * MOST) });
}

ways.addEventListener("change", () => {
  const [from, name] = ways.value.split(/ (.*)/s);
  if (from === "model") return roll();
  if (from === "example") return choose({ from, name });
  state.wish = { from };
  list();
  if (from === "drawn") openPaper();
  if (from === "file" && state.midi) cut();
});
find("clear").addEventListener("click", () => hand((grid.notes = [])));
another.addEventListener("click", roll);
input.addEventListener("change", () => input.files.length && take(input.files[0]));
partList.addEventListener("change", () => part(Number(partList.value)));
bar.addEventListener("input", nameBar);
bar.addEventListener("change", cut);
barList.addEventListener("click", (event) => {
  bar.value = Math.ceil((event.offsetX / barList.clientWidth) * bar.max);
  cut();
});
button.addEventListener("click", async () => {
  if (tune.isPlaying) return tune.stop();
  const problem = tune.play();
  draw();
  if (await problem) complain(await problem);
});
document.addEventListener("model", follow);
document.addEventListener("tune", collect);
new ResizeObserver(() => [draw(), drawBars()]).observe(element);
new MutationObserver(() => [draw(), drawBars()]).observe(document.body, { attributes: true, attributeFilter: ["class"] });

find("title").textContent = props.label;
button.hidden = Boolean(props.notice);
ways.setAttribute("aria-label", `Where ${props.label} is from`);
another.setAttribute("aria-label", `Another tune for ${props.label}`);
partList.setAttribute("aria-label", `Part for ${props.label}`);
bar.setAttribute("aria-label", `Bar for ${props.label}`);
find("clear").setAttribute("aria-label", `Clear the drawing of ${props.label}`);
input.setAttribute("aria-label", `MIDI file for ${props.label}`);
list();
present({ ...props.first, title: props.example });
collect();
follow();
