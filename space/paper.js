// A page of text. gr.HTML runs this once for each component; props.value is HTML that the demo has made.

function show() {
  const page = element.querySelector(".paper");
  page.innerHTML = props.value || "";
  // so that keys can scroll what is wide
  for (const code of page.querySelectorAll("pre")) Object.assign(code, { tabIndex: 0, role: "group", ariaLabel: "Code" });
  for (const table of page.querySelectorAll("table")) Object.assign(table, { tabIndex: 0, ariaLabel: "Table" });
  page.hidden = !props.value;
  element.querySelector(".hint").hidden = Boolean(props.value);
}

element.querySelector(".hint").textContent = props.hint;
watch("value", show);
show();
