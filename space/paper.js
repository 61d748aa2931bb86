// A page of text. gr.HTML runs this once for each component; props.value is HTML that the demo has made.

function show() {
  const page = element.querySelector(".paper");
  page.innerHTML = props.value || "";
  for (const wide of page.querySelectorAll("pre, table")) wide.tabIndex = 0; // so that keys can scroll it
  page.hidden = !props.value;
  element.querySelector(".hint").hidden = Boolean(props.value);
}

element.querySelector(".hint").textContent = props.hint;
watch("value", show);
show();
