// Brings components their styles and scripts, each file fetched once for all of them, and runs them in the order in which
// they are on the page. A file is asked for by the version that this one was asked for by.

const FAILED = "This part of the page could not be fetched; reload the page.";
const HANDED = ["element", "trigger", "props", "server", "upload", "watch"];

const texts = new Map(); // by the names of files: promises
let before = Promise.resolve(); // those that came first have run

window.styles ??= {}; // by the names of files, for the templates of styles

export function load(styles, scripts, ...handed) {
  const fetched = Promise.all([styles, scripts].map(join));
  before = Promise.allSettled([fetched, before]).then(async ([{ value, reason }]) => {
    const [element, , props] = handed;
    if (!value) {
      console.error("A component did not come:", reason);
      element.style.visibility = "visible";
      element.textContent = FAILED;
      return;
    }
    const [style, script] = value;
    window.styles[styles] = style;
    props.isStyled = true; // has gr.HTML fill in the template of styles anew, soon
    await null;
    try {
      new Function(...HANDED, script)(...handed);
    } catch (error) {
      console.error("A component did not come up:", error);
    }
  });
}

async function join(names) {
  return (await Promise.all(names.split(" ").map(read))).join("");
}

function read(name) {
  if (!texts.has(name)) {
    const text = fetchText(name);
    text.catch(() => texts.delete(name)); // the next component tries again
    texts.set(name, text);
  }
  return texts.get(name);
}

async function fetchText(name) {
  const { search } = new URL(import.meta.url);
  const answer = await fetch(new URL(name + search, import.meta.url));
  if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
  return answer.text();
}
