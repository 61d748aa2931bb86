// Drags tiles into a list. A mouse drags at once; a finger holds a tile for a moment first, since it scrolls the page.
//
//   dragging(host, { target, lift, put })
//
// host     holds the tiles, which are elements of the class "tile"
// target   the list that they are dropped on; while one is over it, a gap is where it would go
// lift     (tile) → what it stands for
// put      (what, index) is called where it is dropped on the list, before its element number `index`

const FAR = 8; // px that a mouse moves before it drags
const HOLD = 300; // ms that a finger holds

function dragging(host, { target, lift, put }) {
  const gap = document.createElement("li");
  gap.className = "gap";
  let held = null; // { tile, what, x, y, ghost }

  function begin(event) {
    const tile = event.target.closest(".tile");
    if (!tile || event.button !== 0) return;
    held = { tile, x: event.clientX, y: event.clientY };
    if (event.pointerType !== "mouse") held.timer = setTimeout(start, HOLD);
  }

  function start() {
    const { width, height } = held.tile.getBoundingClientRect();
    held.what = lift(held.tile);
    held.ghost = held.tile.cloneNode(true);
    held.ghost.classList.add("ghost");
    Object.assign(held.ghost.style, { width: `${width}px`, height: `${height}px` });
    host.append(held.ghost);
    follow(held);
  }

  function go(event) {
    if (!held) return;
    const isFar = Math.hypot(event.clientX - held.x, event.clientY - held.y) > FAR;
    if (!held.ghost && isFar && event.pointerType === "mouse") start();
    else if (!held.ghost && isFar) end();
    if (held?.ghost) follow({ x: event.clientX, y: event.clientY });
  }

  function follow({ x, y }) {
    const { ghost } = held;
    ghost.style.left = `${x - ghost.offsetWidth / 2}px`;
    ghost.style.top = `${y - ghost.offsetHeight / 2}px`;
    const isOver = isInside(target, x, y);
    target.classList.toggle("wanted", isOver);
    if (isOver) target.insertBefore(gap, before(x, y));
    else gap.remove();
  }

  // The element of the list that what is dropped here goes before.
  function before(x, y) {
    const others = [...target.children].filter((one) => one !== gap);
    const found = others.find((one) => {
      const box = one.getBoundingClientRect();
      return y < box.top || (y < box.bottom && x < box.left + box.width / 2);
    });
    return found ?? null;
  }

  function drop() {
    const what = held?.what;
    const index = gap.isConnected ? [...target.children].indexOf(gap) : -1;
    if (held?.ghost) host.addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => host.removeEventListener("click", swallow, { capture: true }));
    end();
    if (what && index >= 0) put(what, index);
  }

  function end() {
    clearTimeout(held?.timer);
    held?.ghost?.remove();
    held = null;
    gap.remove();
    target.classList.remove("wanted");
  }

  host.addEventListener("pointerdown", begin);
  document.addEventListener("pointermove", go);
  document.addEventListener("pointerup", drop);
  document.addEventListener("pointercancel", end);
  host.addEventListener("touchmove", (event) => held?.ghost && event.preventDefault(), { passive: false });
  host.addEventListener("contextmenu", (event) => held && event.preventDefault());
}

function isInside(target, x, y) {
  const box = target.getBoundingClientRect();
  return box.left <= x && x <= box.right && box.top <= y && y <= box.bottom;
}

// A drag ends in no click.
function swallow(event) {
  event.stopPropagation();
  event.preventDefault();
}
