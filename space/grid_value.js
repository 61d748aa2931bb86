// Ties a grid to the value of its component, both ways. grid.js comes before it in the same function.

const grid = new Grid(element.querySelector(".score"), {
  label: props.label,
  rows: props.rows,
  steps: props.steps,
  changed: (notes) => (props.value = notes),
});

function show() {
  grid.notes = props.value || [];
}

watch("value", show);
watch(["rows", "steps"], () => grid.shape(props.rows, props.steps));
show();
