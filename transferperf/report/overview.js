// Where environments stand to one another, and which changes hurt.

const SHAPES = [
  "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0z",
  "M-4.5-4.5h9v9h-9z",
  "M0-6L5.5 4.5h-11z",
  "M0-6L6 0L0 6L-6 0z",
  "M0 6L5.5-4.5h-11z",
  "M-2-6h4v4h4v4h-4v4h-4v-4h-4v-4h4z",
  "M-5.5-2L0-6L5.5-2L3.5 4.5h-7z",
  "M-6-2.5h12v5h-12z",
];
const MAX_LABELS = 30;
const MAX_MARKED = SHAPES.length;

const hues = () => data.colours.hues[darkly.matches ? "dark" : "light"];
const marked = () => Object.keys(data.factors).filter((factor) => data.factors[factor].length <= MAX_MARKED);

function drawMap(svg, factor) {
  const placed = range(size).filter((place) => data.environments[place].place);
  const values = data.factors[factor] ?? [];
  const width = widthIn(svg, 620);
  const [entries, last] = flow(values, width - 24, 12, 36);
  const legend = values.length ? last + 44 : 0;
  const spot = spread(placed.map((place) => data.environments[place].place), width, 400);
  clear(svg, width, spot.height + legend, `Map of ${placed.length} environments; similar ones stand close together.`);
  const taken = [];
  const spots = placed.map((place) => {
    const [x, y] = spot(data.environments[place].place);
    const kind = Math.max(values.indexOf(data.environments[place].values[factor]), 0);
    const isOut = !passes(place);
    mark(svg, "path", { d: SHAPES[kind], fill: hues()[kind], transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})`, ...(isOut ? { opacity: 0.2 } : { class: "dot" }) });
    taken.push([x - 7, y - 7, x + 7, y + 7]);
    return [x, y, aboutEnvironment(place), () => chooseTarget(place)];
  });
  if (state.pair) ring(svg, state.pair.map((place) => data.environments[place].place).map((place) => place && spot(place)));
  if (placed.length <= MAX_LABELS) placed.forEach((place, k) => label(svg, spots[k], labels[place], taken, width));
  values.forEach((value, k) => {
    const [x, y] = [entries[k][0] + 12, spot.height + entries[k][1] + 20];
    mark(svg, "path", { d: SHAPES[k], fill: hues()[k], transform: `translate(${x} ${y})` });
    mark(svg, "text", { x: x + 12, y, dy: "0.35em", "font-size": 12 }, fitted(value, 12, width - 40));
  });
  listen(svg, spots);
}

// One scale for both directions: what counts is how far points are apart.
function spread(places, width, height) {
  const ends = [0, 1].map((k) => [Math.min(...places.map((place) => place[k])), Math.max(...places.map((place) => place[k]))]);
  const [wide, tall] = ends.map(([low, high]) => Math.max(high - low, 1e-9));
  const unit = Math.min((width - 120) / wide, (height - 40) / tall);
  const used = Math.max(tall * unit + 40, 160);
  const spot = ([x, y]) => [width / 2 + (x - (ends[0][0] + ends[0][1]) / 2) * unit, used / 2 - (y - (ends[1][0] + ends[1][1]) / 2) * unit];
  return Object.assign(spot, { height: used });
}

// Source and target of the chosen pair, and the way between them.
function ring(svg, [source, target]) {
  if (!source || !target) return;
  line(svg, [source, target], { class: "way" });
  for (const [[x, y], kind] of [[source, "from"], [target, "to"]]) {
    mark(svg, "circle", { cx: x, cy: y, r: 10, fill: "none", "stroke-width": 2, class: `ring ${kind}` });
  }
}

function label(svg, [x, y], text, taken, width) {
  const shown = fitted(text, 11, 190);
  const wide = widthOf(shown, 11);
  const tries = [[x + 9, y], [x - 9 - wide, y], [x - wide / 2, y - 14], [x - wide / 2, y + 14]];
  const free = tries.find(([left, middle]) => {
    const box = [left, middle - 6, left + wide, middle + 6];
    const isClear = taken.every((other) => box[2] < other[0] || box[0] > other[2] || box[3] < other[1] || box[1] > other[3]);
    if (isClear && left > 0 && left + wide < width) taken.push(box);
    return isClear && left > 0 && left + wide < width;
  });
  if (free) mark(svg, "text", { x: free[0], y: free[1], dy: "0.35em", "font-size": 11, class: "quiet" }, shown);
}

function aboutEnvironment(place) {
  const best = data.best.find((row) => row.target === place);
  const factors = Object.entries(data.environments[place].values).map(([name, value]) => `${name}: ${value}`);
  return [labels[place], ...factors, best ? `best source: ${labels[best.source]}` : "no source found"];
}

// A dot with its interval for each change, the worst last.
function drawSeverity(svg, dots) {
  const rows = data.severity.filter((row) => row[dots.column] !== null);
  const width = widthIn(svg, 620);
  const room = Math.min(0.5 * width, 16 + Math.max(...rows.map((row) => widthOf(row.change, 13))));
  const box = { left: room, right: width - 80, top: 8, bottom: 12 + 34 * rows.length };
  clear(svg, width, box.bottom + 42, `${dots.title} by what changes: ${rows.map((row) => `${row.change} ${number(row[dots.column])}`).join(", ")}.`);
  const ends = rows.flatMap((row) => ["", "_low", "_high"].map((end) => row[dots.column + end]));
  const x = scale([...ends, ...dots.ends], box.left, box.right);
  axes(svg, box, x, Object.assign(() => 0, { ticks: [] }), { xLabel: dots.title, yLabel: "" });
  const spots = rows.map((row, k) => {
    const y = box.top + 20 + 34 * k;
    const [value, low, high] = ["", "_low", "_high"].map((end) => row[dots.column + end]);
    mark(svg, "text", { x: room - 12, y, dy: "0.35em", "text-anchor": "end", "font-size": 13 }, fitted(row.change, 13, room - 14));
    if (low !== null && high !== null) line(svg, [[x(low), y], [x(high), y]], { class: "interval", "stroke-width": 3 });
    mark(svg, "circle", { cx: x(value), cy: y, r: 5.5, class: "dot accent" });
    mark(svg, "text", { x: width - 66, y, dy: "0.35em", "font-size": 12, class: "quiet" }, `n = ${row.n_pairs}`);
    return [x(value), y, [row.change, `${dots.title}: ${number(value)} [${number(low)}, ${number(high)}]`, `${row.n_pairs} pairs`]];
  });
  listen(svg, spots, { reach: 30 });
}
