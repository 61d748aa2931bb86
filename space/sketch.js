// A grid to paint a melody on, with a button that plays it round and round while it is being painted. grid.js and
// tempo.js come before it in the same function.

const button = element.querySelector(".play");
const about = element.querySelector(".about");
const grid = new Grid(element.querySelector(".score"), {
  label: props.title,
  rows: props.rows,
  steps: props.steps,
  melody: true,
  changed: keep,
  touched: (pitch) => sounds.isPlaying || sounds.hit({ pitch }),
});

function keep(notes) {
  props.value = notes;
  grid.notes = notes;
}

function show() {
  grid.notes = props.value || [];
}

function want(isWanted) {
  button.setAttribute("aria-label", `${isWanted ? "Stop" : "Play"} ${props.title}`);
  element.querySelector(".card").classList.toggle("playing", isWanted);
}

async function play() {
  want(true);
  const problem = await sounds.play({
    kits: ["piano"],
    steps: props.steps,
    qpm: tempo,
    at: (step) => grid.notes.filter((note) => note.start === step).map(soundOf),
    show: (step) => grid.point(step),
    ended: rest,
  });
  if (problem) about.textContent = problem;
}

function soundOf({ pitch, start, end }) {
  return { pitch, steps: end - start };
}

function rest() {
  want(false);
  grid.point(null);
}

element.querySelector(".title").textContent = props.title;
about.textContent = props.hint;
element.querySelector(".notice").textContent = props.notice;
element.querySelector(".notice").hidden = !props.notice;
button.hidden = Boolean(props.notice);
button.addEventListener("click", () => (element.querySelector(".playing") ? sounds.stop() : play()));
element.querySelector(".clear").addEventListener("click", () => keep([]));
watch("value", show);
watch(["rows", "steps"], () => grid.shape(props.rows, props.steps));
want(false);
show();
