// A line that is drawn on a palette, and places on it: {x, y} from 0 to 1.

const MOST_POINTS = 400;
const NEAR = 0.01; // of the palette, within which points are one

class Path {
  constructor(points = []) {
    this.points = points;
    this.measure();
  }

  add(point) {
    const last = this.points.at(-1);
    if (last && Math.abs(last.x - point.x) < NEAR && Math.abs(last.y - point.y) < NEAR) return;
    if (this.points.length >= MOST_POINTS) this.points = this.points.filter((_, i) => i % 2 === 0);
    this.points.push(point);
    this.measure();
  }

  measure() {
    this.reached = this.points.length ? [0] : [];
    for (let i = 1; i < this.points.length; i += 1) {
      const [dx, dy] = [this.points[i].x - this.points[i - 1].x, this.points[i].y - this.points[i - 1].y];
      this.reached.push(this.reached[i - 1] + Math.sqrt(dx * dx + dy * dy));
    }
  }

  // Where one is after `step` of `steps`, at the same speed all the way. space/actions/palette.py does the same sums in
  // the same order, so that the file has what was heard, to the last bit.
  at(step, steps) {
    const { points, reached } = this;
    const at = (reached.at(-1) * step) / steps;
    let before = 0;
    while (before < points.length - 2 && reached[before + 1] < at) before += 1;
    const after = Math.min(before + 1, points.length - 1);
    const stride = reached[after] - reached[before];
    const share = stride > 0 ? (at - reached[before]) / stride : 0;
    const [from, to] = [points[before], points[after]];
    return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
  }
}

// The number of the cell that a place is in, row by row.
function cellOf({ x, y }) {
  return Math.floor(y * (SIDE - 1) + 0.5) * SIDE + Math.floor(x * (SIDE - 1) + 0.5);
}

// A place on the palette, in thousandths.
function tidy({ x, y }) {
  const within = (value) => Math.round(Math.min(Math.max(value, 0), 1) * 1000) / 1000;
  return { x: within(x), y: within(y) };
}
