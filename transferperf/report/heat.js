// Heat maps of all pairs: a row for each source, a column for each target.

const STEPS = 40; // shades that are told apart

const paletteOf = (shown) => data.colours.scales[shown.scale][darkly.matches ? "dark" : "light"];

function blend(stops, share) {
  const k = Math.min(Math.floor(share * (stops.length - 1)), stops.length - 2);
  const part = share * (stops.length - 1) - k;
  const channel = (text, c) => parseInt(text.slice(1 + 2 * c, 3 + 2 * c), 16);
  const mixed = range(3).map((c) => Math.round(channel(stops[k], c) * (1 - part) + channel(stops[k + 1], c) * part));
  return `#${mixed.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

// Black or white, whichever is read more easily on a colour (relative luminance as WCAG has it).
function inkOn(colour) {
  const parts = range(3).map((c) => parseInt(colour.slice(1 + 2 * c, 3 + 2 * c), 16) / 255);
  const [r, g, b] = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000000" : "#ffffff";
}

// Colour of a value; null where there is none.
function painter(shown) {
  if (shown.scale === "class") return (value) => paletteOf(shown)[value];
  const stops = paletteOf(shown);
  const [low, high] = endsOf(shown);
  return (value) => blend(stops, Math.round(clamp((value - low) / (high - low), 0, 1) * STEPS) / STEPS);
}

function endsOf(shown) {
  if (shown.scale === "correlation") return [-1, 1];
  return [0, data.matrices[shown.column].reduce((most, value) => Math.max(most, value ?? 0), 1)];
}

const inCell = (shown, value) => {
  if (shown.scale === "class") return data.codes[value];
  return shown.scale === "amount" ? value.toFixed(0) : signed(value, 2).replace("0.", ".");
};

// Width that a heat map and its legend can have.
function roomOf(svg) {
  const whole = find("maps").clientWidth;
  return clamp(isSmall && whole > 1100 ? whole / 2 - 16 : whole, 320, 1300);
}

// How large cells are, and where they start, for so much room.
function layout(rows, columns, room) {
  const longest = Math.max(...[...rows, ...columns].map((place) => widthOf(labels[place], 11)));
  const named = Math.min(longest + 30, Math.max(0.45 * room, 120), 230);
  const cell = clamp(Math.floor(Math.min((room - named) / columns.length, 860 / rows.length)), 5, 48);
  const hasNames = cell >= 8;
  const first = hasNames ? named : 24;
  return { cell, hasNames, left: first, top: first, width: Math.max(first + cell * columns.length + 8, 240), height: first + cell * rows.length + 8 };
}

function drawHeat(svg, shown) {
  const [rows, columns] = [sources(), targets()];
  const plan = layout(rows, columns, roomOf(svg));
  clear(svg, plan.width, plan.height, `${shown.title} of ${rows.length} sources and ${columns.length} targets. ${shown.words}`);
  if (!rows.length || !columns.length) return;
  paint(svg, shown, rows, columns, plan);
  name(svg, rows, columns, plan);
  steer(svg, shown, rows, columns, plan);
}

function paint(svg, shown, rows, columns, { cell, left, top }) {
  const colour = painter(shown);
  const gap = cell >= 14 ? 1 : 0;
  const found = new Map();
  rows.forEach((source, i) =>
    columns.forEach((target, j) => {
      const value = of(shown.column, source, target);
      const fill = source === target ? "none" : value === null ? "url(#unknown)" : colour(value);
      if (!found.has(fill)) found.set(fill, []);
      found.get(fill).push([i, j, value]);
    }),
  );
  for (const [fill, cells] of found) {
    const d = cells.map(([i, j]) => `M${left + j * cell} ${top + i * cell}h${cell - gap}v${cell - gap}h${gap - cell}z`).join("");
    mark(svg, "path", { d, fill, "shape-rendering": "crispEdges" });
    if (fill[0] !== "#" || cell < 26) continue;
    const group = mark(svg, "g", { fill: inkOn(fill), "font-size": cell < 32 ? 10 : 12, "text-anchor": "middle" });
    for (const [i, j, value] of cells) {
      mark(group, "text", { x: left + (j + 0.5) * cell, y: top + (i + 0.5) * cell, dy: "0.35em" }, inCell(shown, value));
    }
  }
}

function name(svg, rows, columns, { cell, left, top, hasNames }) {
  const group = mark(svg, "g", { class: "names", "font-size": clamp(cell * 0.95, 8, 12) });
  const size = clamp(cell * 0.95, 8, 12);
  mark(group, "text", { x: 2, y: 11, class: "name", "font-size": 11 }, "source ↓ target →");
  if (!hasNames) return;
  rows.forEach((place, i) =>
    mark(group, "text", { x: left - 6, y: top + (i + 0.5) * cell, dy: "0.35em", "text-anchor": "end" }, fitted(labels[place], size, left - 10)),
  );
  columns.forEach((place, j) => {
    const turned = `translate(${left + (j + 0.5) * cell} ${top - 6}) rotate(-90)`;
    mark(group, "text", { transform: turned, dy: "0.35em" }, fitted(labels[place], size, top - 24));
  });
}

// Pointer and arrow keys go to a cell, a click or Enter chooses its pair.
function steer(svg, shown, rows, columns, { cell, left, top }) {
  const frame = { width: cell, height: cell, fill: "none", "stroke-width": 2.5, rx: 1 };
  const place = (i, j) => ({ x: left + j * cell - 0.5, y: top + i * cell - 0.5 });
  const [i, j] = state.pair ? [rows.indexOf(state.pair[0]), columns.indexOf(state.pair[1])] : [-1, -1];
  if (i >= 0 && j >= 0) mark(svg, "rect", { ...frame, ...place(i, j), class: "chosen" });
  const cursor = mark(svg, "rect", { ...frame, class: "cursor", visibility: "hidden" });
  const here = { i: Math.max(i, 0), j: Math.max(j, 0) };
  const show = () => {
    for (const [key, value] of Object.entries(place(here.i, here.j))) cursor.setAttribute(key, value);
    cursor.setAttribute("visibility", "visible");
  };
  const under = (event) => {
    const [x, y] = placeIn(svg, event);
    const [a, b] = [Math.floor((y - top) / cell), Math.floor((x - left) / cell)];
    return a >= 0 && b >= 0 && a < rows.length && b < columns.length && rows[a] !== columns[b] ? [a, b] : null;
  };
  svg.onpointermove = (event) => {
    const found = under(event);
    if (!found) return svg.onpointerleave();
    [here.i, here.j] = found;
    show();
    return tell(event, lines(rows[here.i], columns[here.j]));
  };
  svg.onpointerleave = () => {
    cursor.setAttribute("visibility", "hidden");
    hush();
  };
  svg.onclick = (event) => under(event) && choose(rows[here.i], columns[here.j], { show: true });
  svg.onkeydown = (event) => walk(event, here, rows, columns, show);
}

const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
function walk(event, here, rows, columns, show) {
  const move = MOVES[event.key];
  if (move) {
    here.i = clamp(here.i + move[0], 0, rows.length - 1);
    here.j = clamp(here.j + move[1], 0, columns.length - 1);
    show();
    const [source, target] = [rows[here.i], columns[here.j]];
    announce(source === target ? labels[source] : lines(source, target).join(", "));
  } else if (event.key === "Enter" && rows[here.i] !== columns[here.j]) {
    choose(rows[here.i], columns[here.j], { show: true });
  } else return;
  event.preventDefault();
}

// What the colours mean.
function drawLegend(svg, shown) {
  const colour = painter(shown);
  const isUnknown = data.matrices[shown.column].some((value, k) => value === null && k % (size + 1));
  if (shown.scale === "class") return drawClasses(svg, colour, isUnknown);
  const [low, high] = endsOf(shown);
  clear(svg, 340, 34, `Colours from ${low} to ${plain(high)}`);
  range(STEPS + 1).forEach((k) =>
    mark(svg, "rect", { x: k * 5 + 10, y: 0, width: 5, height: 12, fill: colour(low + ((high - low) * k) / STEPS), "shape-rendering": "crispEdges" }),
  );
  for (const share of [0, 0.5, 1]) {
    mark(svg, "text", { x: 10 + share * 5 * (STEPS + 1), y: 27, "text-anchor": "middle", "font-size": 12 }, plain(low + (high - low) * share));
  }
  if (isUnknown) swatch(svg, 250, 0);
}

// Classes side by side, in as many lines as they need.
function drawClasses(svg, colour, isUnknown) {
  const room = roomOf(svg);
  const [spots, last] = flow(data.classes.concat(isUnknown ? ["no answer"] : []), room, 12, 40);
  clear(svg, room, last + 22, "Colours of the classes");
  data.classes.forEach((text, k) => {
    const [x, y] = spots[k];
    mark(svg, "rect", { x, y: y + 3, width: 16, height: 16, fill: colour(k) });
    mark(svg, "text", { x: x + 8, y: y + 11, dy: "0.35em", "text-anchor": "middle", "font-size": 10, fill: inkOn(colour(k)) }, data.codes[k]);
    mark(svg, "text", { x: x + 22, y: y + 11, dy: "0.35em", "font-size": 12 }, text);
  });
  if (isUnknown) swatch(svg, ...spots.at(-1));
}

function swatch(svg, x, y) {
  mark(svg, "rect", { x, y: y + 4, width: 14, height: 14, fill: "url(#unknown)" });
  mark(svg, "text", { x: x + 20, y: y + 11, dy: "0.35em", "font-size": 12 }, "no answer");
}
