// A square of blends between four tunes: tiles that a click or a key plays, and that arrow keys walk between. gr.HTML runs
// this, after card.js and tiles.js, once for each component; props.value is {columns, whole, tiles}.

const section = element.querySelector(".card");
const tiles = element.querySelector(".tiles");
const button = make("button", "play", "", { type: "button" });
const about = make("p", "about", "", { role: "status" });
let pieces = [];
let chosen = 0; // among them
let tune = null; // that of the chosen one

function show() {
  tune?.stop();
  const { columns, tiles: cards } = props.value || { columns: 1, tiles: [] };
  pieces = cards.map((card, i) => onTile(card, i, columns, cards.length));
  section.hidden = !pieces.length;
  tiles.style.setProperty("--columns", columns);
  tiles.replaceChildren(...pieces.map(tileFor));
  if (!pieces.length) return;
  choose(Math.min(chosen, pieces.length - 1));
  element.querySelector(".status").textContent = `${pieces.length} blends of A, B, C and D`;
}

function tileFor(piece, index) {
  const { title } = piece;
  return tileOf(piece, `${title}, ${describe(props.value.tiles[index])}`, pieces, title.length === 1 ? title : "");
}

// Lays out what can be done with one of the tiles.
function choose(index) {
  tune?.stop();
  chosen = index;
  const [piece, tile] = [props.value.tiles[index], tiles.children[index]];
  tune = new Tune(piece, (beat) => {
    light(tile, pieces[index], beat === null ? null : beat * 4);
    label();
  });
  about.textContent = describe(piece);
  section.querySelector(".head").replaceWith(headOf(piece, button, about));
  const foot = footOf(piece, props.targets);
  foot.append(linkTo({ title: "all tiles" }, "All in one MIDI", props.value.whole.midi));
  section.querySelector(".foot").replaceWith(foot);
  makeCurrent(tiles, index);
  label();
}

function label() {
  const { isPlaying, piece } = tune;
  button.setAttribute("aria-label", `${isPlaying ? "Stop" : "Play"} ${piece.title}`);
  section.classList.toggle("playing", isPlaying);
}

async function play() {
  if (props.notice) return;
  const problem = tune.play();
  label();
  if (await problem) about.textContent = await problem;
}

// A walk while one sounds is heard.
function press(event) {
  const next = neighbour(event, tiles, props.value.columns);
  if (next === null) return;
  const { isPlaying } = tune;
  choose(next);
  tiles.children[next].focus();
  if (isPlaying) play();
}

button.addEventListener("click", () => (tune.isPlaying ? tune.stop() : play()));
tiles.addEventListener("keydown", press);
tiles.addEventListener("click", ({ target }) => {
  const index = [...tiles.children].indexOf(target.closest(".tile"));
  if (index < 0) return;
  const isSounding = tune.isPlaying && index === chosen;
  choose(index);
  if (!isSounding) play();
});
element.querySelector(".notice").textContent = props.notice;
element.querySelector(".notice").hidden = !props.notice;
watch("value", show);
show();
