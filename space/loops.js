// A palette of loops, and a song that is made of them: loops are heard by a click, dragged into the timeline or added to
// it by a button, and moved there by mouse, finger or keyboard. drums.js, tiles.js, tempo.js and drag.js come before it in
// the same function.

const COLUMNS = 5;
const STEPS = 32; // 16ths in a loop
const LONGEST = 32; // loops in a song

const near = part(".near");
const song = part(".song");
const tiles = element.querySelector(".tiles");
const timeline = element.querySelector(".timeline");
let loops = []; // of the palette, from top left, row by row
let chosen = 0; // among them
let places = []; // of the song, each a loop
let sounding = null; // near or song

function part(name) {
  const section = element.querySelector(name);
  return {
    section,
    button: section.querySelector(".play"),
    title: section.querySelector(".title"),
    about: section.querySelector(".about"),
  };
}

// Loops, as they are shown and played

function loopOf(card, index, cards) {
  return { ...onTile(card, index, COLUMNS, cards.length), title: index ? card.title : "Your loop", isYours: index === 0 };
}

function tileFor(loop, name) {
  return tileOf(loop, name, loops.concat(places), loop.isYours ? "Yours" : "");
}

function describe(loop) {
  return loop.notes.length === 1 ? "1 note" : `${loop.notes.length} notes`;
}

function soundsAt(loop, step) {
  return loop.notes.filter((note) => note.start === step).map(({ pitch, start, end }) => ({ pitch, steps: end - start }));
}

// Playing

async function play(what, pattern) {
  const problem = await sounds.play({
    kits: ["piano"],
    qpm: tempo,
    ...pattern,
    ended: () => {
      sounding = null;
      pattern.show(null);
      label();
    },
  });
  if (problem) what.about.textContent = problem;
}

function playLoop() {
  const [loop, tile] = [loops[chosen], tiles.children[chosen]];
  play(near, { steps: STEPS, at: (step) => soundsAt(loop, step), show: (step) => light(tile, loop, step) });
  sounding = near;
  label();
}

function playSong(from = 0) {
  let last = null;
  play(song, {
    from: from * STEPS,
    steps: () => places.length * STEPS,
    at: (step) => soundsAt(places[Math.floor(step / STEPS)], step % STEPS),
    show: (step) => {
      const index = step === null ? -1 : Math.floor(step / STEPS);
      if (last && last !== places[index]) light(tileAt(places.indexOf(last)), last, null);
      last = places[index] ?? null;
      if (last) light(tileAt(index), last, step % STEPS);
    },
  });
  sounding = song;
  label();
}

function tileAt(index) {
  return timeline.children[index]?.querySelector(".tile");
}

function toggle(what, start) {
  if (sounding === what) sounds.stop();
  else start();
}

// Words and states of all controls

function label() {
  for (const [what, name] of [
    [near, loops[chosen]?.title ?? "loop"],
    [song, "your song"],
  ]) {
    what.section.classList.toggle("playing", sounding === what);
    what.button.setAttribute("aria-label", `${sounding === what ? "Stop" : "Play"} ${name}`);
    what.button.hidden = Boolean(props.notice);
  }
  song.button.disabled = !places.length;
  for (const deed of song.section.querySelectorAll(".deed, .export")) deed.disabled = !places.length;
  const bars = places.length * 2;
  song.about.textContent = bars ? `${bars} bars` : "Put loops in a row, and take them home as one MIDI file.";
}

function say(words) {
  element.querySelector(".status").textContent = words;
}

// The palette

function show() {
  hushNear();
  loops = (props.value || []).map(loopOf);
  near.section.hidden = !loops.length;
  song.section.hidden = !loops.length;
  tiles.replaceChildren(...loops.map((loop) => tileFor(loop, `${loop.title}, ${describe(loop)}`)));
  draw();
  choose(0);
  if (loops.length) say(`${loops.length} loops near your sketch`);
}

function hushNear() {
  if (sounding === near) sounds.stop();
}

function choose(index) {
  if (!loops.length) return label();
  chosen = index;
  makeCurrent(tiles, chosen);
  const { title, midi } = loops[chosen];
  near.title.textContent = title;
  near.about.textContent = chosen ? describe(loops[chosen]) : "As you painted it. The others lead away from it.";
  const link = near.section.querySelector(".midi");
  Object.assign(link, { href: midi.url, download: midi.orig_name });
  link.setAttribute("aria-label", `Download ${title} as MIDI`);
  label();
}

function press(event) {
  const next = neighbour(event, tiles, COLUMNS);
  if (next === null) return;
  hushNear();
  choose(next);
  tiles.children[chosen].focus();
}

// The song

function draw() {
  const drawn = places.map((loop, index) => {
    const place = document.createElement("li");
    const name = `${loop.title}, place ${index + 1} of ${places.length}`;
    const tile = tileFor(loop, `Play from ${name}`);
    const drop = document.createElement("button");
    place.className = "place";
    tile.setAttribute("aria-description", "Shift and arrow keys move it, Delete takes it out");
    Object.assign(drop, { type: "button", className: "drop", textContent: "×" });
    drop.setAttribute("aria-label", `Take out ${name}`);
    place.append(tile, drop);
    return place;
  });
  timeline.replaceChildren(...drawn);
  label();
}

function insert(loop, index = places.length) {
  if (places.length >= LONGEST) return say(`A song has up to ${LONGEST} loops`);
  places.splice(index, 0, { ...loop, isYours: false });
  draw();
  say(`${loop.title} is number ${index + 1} of ${places.length} in your song`);
}

function move(from, to) {
  const index = Math.min(Math.max(to, 0), places.length - 1);
  places.splice(index, 0, ...places.splice(from, 1));
  draw();
  say(`${places[index].title} is now number ${index + 1} of ${places.length}`);
  tileAt(index).focus();
}

function remove(index) {
  const [gone] = places.splice(index, 1);
  if (!places.length && sounding === song) sounds.stop();
  draw();
  say(`${gone.title} was taken out`);
  (tileAt(Math.min(index, places.length - 1)) ?? tiles.children[chosen]).focus();
}

function pressPlace(event, index) {
  const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
  const isGone = event.key === "Delete" || event.key === "Backspace";
  if (!step && !isGone) return;
  event.preventDefault();
  if (isGone) remove(index);
  else if (event.shiftKey) move(index, index + step);
  else tileAt(index + step)?.focus();
}

async function save() {
  const { midi, problem } = await server.song({ loops: places.map((loop) => loop.notes), qpm: tempo() });
  if (problem) {
    song.about.textContent = problem;
    return;
  }
  const bytes = Uint8Array.from(atob(midi), (letter) => letter.charCodeAt(0));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([bytes], { type: "audio/midi" }));
  link.download = "song.mid";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

// Drags of tiles into the timeline, and within it

const indexOf = (tile) => [...tiles.children].indexOf(tile);
const placeOf = (target) => [...timeline.children].indexOf(target.closest(".place"));

dragging(element, {
  target: timeline,
  lift: (tile) => (tile.closest(".tiles") ? { loop: loops[indexOf(tile)] } : { from: placeOf(tile) }),
  put: ({ loop, from }, index) => {
    if (loop) insert(loop, index);
    else move(from, index > from ? index - 1 : index);
  },
});

tiles.addEventListener("click", ({ target }) => {
  const index = indexOf(target.closest(".tile"));
  if (index < 0) return;
  const isSounding = sounding === near && index === chosen;
  hushNear();
  choose(index);
  if (!isSounding) playLoop();
});
tiles.addEventListener("keydown", press);
timeline.addEventListener("click", ({ target }) => {
  const index = placeOf(target);
  if (target.closest(".drop")) remove(index);
  else if (target.closest(".tile")) playSong(index);
});
timeline.addEventListener("keydown", (event) => event.target.closest(".tile") && pressPlace(event, placeOf(event.target)));
near.button.addEventListener("click", () => toggle(near, playLoop));
song.button.addEventListener("click", () => toggle(song, playSong));
element.querySelector(".add").addEventListener("click", () => insert(loops[chosen]));
element.querySelector(".more").addEventListener("click", () => trigger("more", { notes: loops[chosen].notes }));
element.querySelector(".clear").addEventListener("click", () => {
  if (sounding === song) sounds.stop();
  places = [];
  draw();
});
element.querySelector(".export").addEventListener("click", save);
watch("value", show);
show();

// Where its tab is opened for the first time there are loops to hear at once, be it further down the page.
const opened = new IntersectionObserver(open, { rootMargin: "9999px" });

function open(looks) {
  if (!looks.some(({ isIntersecting }) => isIntersecting)) return;
  opened.disconnect();
  trigger("opened");
  if (!props.notice) sounds.load("piano").catch(() => {});
}

opened.observe(element);
