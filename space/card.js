// What cards of music have in common: a head with a button to play, words about a piece, and the shared player. It comes
// after make.js and picture.js in the same function.

// Tells sources that a model was chosen for them; those that are not on the page yet find it there.
window.follow = (names, model) => {
  for (const name of names) (window.models ??= {})[name] = model;
  document.dispatchEvent(new CustomEvent("model"));
};

function headOf(piece, button, about) {
  const head = make("div", "head", "");
  const words = make("div", "words", "");
  words.append(make("h2", "title", piece.title), about);
  if (!props.notice) head.append(button);
  head.append(words, linkTo(piece, "MIDI", piece.midi));
  return head;
}

function linkTo({ title }, kind, { url, orig_name }) {
  const link = make("a", "link", kind, { href: url, download: orig_name });
  link.setAttribute("aria-label", `Download ${title} as ${kind}`);
  return link;
}

// Buttons that send a piece to the sources of other tabs; see source.js.
function footOf({ title, midi }, targets) {
  const foot = make("div", "foot", "");
  const buttons = targets.map(({ name, tab, label }) => {
    const button = make("button", "send", label, { type: "button", "aria-label": `Send ${title} to ${label}` });
    button.addEventListener("click", () => {
      (window.tunes ??= {})[name] = { midi: { path: midi.path }, title };
      document.dispatchEvent(new CustomEvent("tune"));
      openTab(tab);
    });
    return button;
  });
  foot.append(make("span", "to", "Send to"), ...buttons);
  return foot;
}

// Gradio keeps the tabs that find no room in a menu, which is made when it is opened.
async function openTab(name) {
  const find = (selector) => [...document.querySelectorAll(selector)].find((one) => one.textContent.trim() === name);
  if (!find("[role=tab]")) {
    document.querySelector(".overflow-menu > button").click();
    await new Promise(requestAnimationFrame);
  }
  (find("[role=tab]") ?? find(".overflow-dropdown button")).click();
}

function describe({ notes, parts, remark }) {
  const count = notes.length === 1 ? "1 note" : `${notes.length} notes`;
  const pitched = notes.filter((note) => !parts[note.part].drums).sort((a, b) => a.pitch - b.pitch);
  const [low, high] = [pitched.at(0), pitched.at(-1)].map((note) => note && nameOf(note, parts));
  const compass = low === high ? low : `${low} to ${high}`;
  return [notes.length ? count : "Silence", ...(pitched.length ? [compass] : []), ...(remark ? [remark] : [])].join(", ");
}

// A piece on the player of all tabs: heard at once, since nothing is rendered for it. `show(beat)` is called as it goes
// on, and with null when it is over, for whichever reason.
class Tune {
  constructor(piece, show) {
    this.piece = piece;
    this.show = show;
    this.isPlaying = false;
    this.steps = new Map();
    for (const { pitch, start, end, part } of piece.notes) {
      const step = Math.round(start * 4);
      const kit = piece.parts[part].drums ? "drums" : "piano";
      this.steps.set(step, [...(this.steps.get(step) ?? []), { kit, pitch, steps: (end - start) * 4 }]);
    }
    this.kits = [...new Set([...this.steps.values()].flat().map((note) => note.kit))];
  }

  // Resolves to what is wrong, if anything.
  play(from = 0, to = this.piece.beats) {
    const { piece, steps, kits, show } = this;
    sounds.stop();
    this.isPlaying = true;
    return sounds.play({
      kits,
      steps: to * 4,
      from: from * 4,
      qpm: piece.qpm,
      repeats: false,
      at: (step) => steps.get(step) ?? [],
      show: (step) => show(step / 4),
      ended: () => {
        this.isPlaying = false;
        show(null);
      },
    });
  }

  stop() {
    if (this.isPlaying) sounds.stop();
  }
}
