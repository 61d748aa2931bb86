// What components of cards are made with.

function make(tag, className, text, attributes = {}) {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

// Puts new elements in the place of all in a list. Who was at a control of the old ones is at its like of the new ones,
// not lost at the top of the page.
function renew(list, elements) {
  const { activeElement } = document;
  const name = list.contains(activeElement) && activeElement.ariaLabel;
  list.replaceChildren(...elements);
  if (name) [...list.querySelectorAll("[aria-label]")].find((one) => one.ariaLabel === name)?.focus();
}
