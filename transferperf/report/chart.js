// What all figures are made of: marks, scales, axes, and the note that follows the pointer.

const number = (value, digits = 2) => (value === null || value === undefined ? "–" : value.toFixed(digits));
const plain = (value) => {
  const text = Math.abs(value) >= 1e5 || (value !== 0 && Math.abs(value) < 1e-3) ? value.toExponential(2) : String(+value.toPrecision(3));
  return text.replace("-", "−");
};
const range = (n) => Array.from({ length: n }, (_, k) => k);
const clamp = (value, low, high) => Math.max(low, Math.min(high, value));

// An element in the namespace of its parent; text is text, whatever it says.
function mark(parent, tag, attributes = {}, text = undefined) {
  const made = document.createElementNS(parent.namespaceURI, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  parent.append(made);
  return made;
}

function clear(svg, width, height, label) {
  svg.replaceChildren();
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("width", width);
  svg.setAttribute("height", height);
  svg.setAttribute("aria-label", label);
  mark(svg, "title", {}, label);
}

const ruler = document.createElement("canvas").getContext("2d");
function widthOf(text, size) {
  ruler.font = `${size}px system-ui, "DejaVu Sans", Verdana, Arial, sans-serif`;
  return ruler.measureText(text).width;
}

// A name that fits into so many pixels, cut in its middle.
function fitted(text, size, room) {
  if (widthOf(text, size) <= room) return text;
  let kept = text.length;
  while (kept > 2 && widthOf(`${text.slice(0, kept)}…`, size) > room) kept -= 1;
  const head = Math.ceil(kept / 2);
  return `${text.slice(0, head)}…${text.slice(text.length - (kept - head))}`;
}

// Round values between two others: 1, 2, 5, 10 where they spread over decades.
function ticksOf(low, high, isLog, wanted = 5) {
  if (isLog) {
    const exponents = range(Math.ceil(Math.log10(high)) - Math.floor(Math.log10(low)) + 1).map((k) => k + Math.floor(Math.log10(low)));
    const every = exponents.flatMap((k) => [1, 2, 5].map((digit) => digit * 10 ** k)).filter((at) => at >= low && at <= high);
    const decades = every.filter((at) => Number.isInteger(+Math.log10(at).toFixed(9)));
    if (every.length > wanted + 3 && decades.length > 1) return decades;
    if (every.length > 2) return every;
  }
  const rough = (high - low) / wanted;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = unit * [1, 2, 5, 10].find((digit) => digit * unit >= rough);
  const first = Math.ceil(low / step - 1e-9);
  return range(Math.floor(high / step + 1e-9) - first + 1).map((k) => +((first + k) * step).toPrecision(12));
}

// From values to pixels; the ends keep a little room.
function scale(values, from, to, { isLog = false, room = 0.04 } = {}) {
  const turn = isLog ? Math.log : (value) => value;
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value === null || !Number.isFinite(value)) continue;
    low = Math.min(low, turn(value));
    high = Math.max(high, turn(value));
  }
  if (low === Infinity) [low, high] = [0, 1];
  const rest = high > low ? (high - low) * room : Math.max(Math.abs(low) * 0.1, 0.1);
  [low, high] = [low - rest, high + rest];
  const place = (value) => from + ((turn(value) - low) / (high - low)) * (to - from);
  const back = isLog ? Math.exp : (value) => value;
  place.low = back(low);
  place.high = back(high);
  place.ticks = ticksOf(place.low, place.high, isLog);
  return place;
}

// Both axes with quiet lines, ticks and names; `box` is {left, right, top, bottom} in pixels.
function axes(svg, box, x, y, { xLabel, yLabel, xText = plain, yText = plain }) {
  const group = mark(svg, "g", { class: "axes" });
  for (const at of y.ticks) {
    mark(group, "line", { x1: box.left, x2: box.right, y1: y(at), y2: y(at) });
    mark(group, "text", { x: box.left - 6, y: y(at), dy: "0.35em", "text-anchor": "end" }, yText(at));
  }
  let free = -Infinity;
  for (const at of x.ticks) {
    mark(group, "line", { x1: x(at), x2: x(at), y1: box.top, y2: box.bottom });
    const half = widthOf(xText(at), 11) / 2 + 4;
    if (x(at) - half < free) continue;
    free = x(at) + half;
    mark(group, "text", { x: x(at), y: box.bottom + 15, "text-anchor": "middle" }, xText(at));
  }
  const middle = (box.left + box.right) / 2;
  mark(group, "text", { x: middle, y: box.bottom + 33, "text-anchor": "middle", class: "name" }, fitted(xLabel, 12, box.right - box.left + 40));
  const turned = `translate(12 ${(box.top + box.bottom) / 2}) rotate(-90)`;
  mark(group, "text", { transform: turned, "text-anchor": "middle", class: "name" }, fitted(yLabel, 12, box.bottom - box.top + 20));
}

// Points as one path: thousands of them cost no more than a few.
function points(svg, places, attributes) {
  const d = places.map(([x, y]) => `M${x.toFixed(1)} ${y.toFixed(1)}h0`).join("");
  mark(svg, "path", { d, fill: "none", "stroke-linecap": "round", "stroke-width": 5, ...attributes });
}

function line(svg, places, attributes) {
  const d = places.map(([x, y], k) => `${k ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
  mark(svg, "path", { d, fill: "none", "stroke-width": 2, ...attributes });
}

// Places for texts in lines of so much room, and where the last line is.
function flow(texts, room, size, beside) {
  let [x, y] = [0, 0];
  const spots = texts.map((text) => {
    const wide = beside + widthOf(text, size);
    if (x > 0 && x + wide > room) [x, y] = [0, y + 22];
    x += wide;
    return [x - wide, y];
  });
  return [spots, y];
}

// A figure is as wide as its place, within limits.
const widthIn = (svg, most) => clamp(svg.parentElement.clientWidth || most, 320, most);

const note = document.getElementById("note");
function tell(event, lines) {
  note.replaceChildren();
  lines.forEach((text, k) => mark(note, k ? "span" : "strong", {}, text));
  note.hidden = false;
  const { width, height } = note.getBoundingClientRect();
  note.style.left = `${clamp(event.clientX + 14, 4, innerWidth - width - 4)}px`;
  note.style.top = `${event.clientY + 18 + height > innerHeight ? event.clientY - height - 10 : event.clientY + 18}px`;
}
const hush = () => {
  note.hidden = true;
};

// Where the pointer is in the figure's own pixels.
function placeIn(svg, event) {
  const frame = svg.getBoundingClientRect();
  const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
  return [((event.clientX - frame.left) / frame.width) * width, ((event.clientY - frame.top) / frame.height) * height];
}

// Say what is nearest to the pointer; `spots` are [x, y, lines, chosen].
function listen(svg, spots, { reach = 14 } = {}) {
  const near = (event) => {
    const [x, y] = placeIn(svg, event);
    let best = null;
    let least = reach * reach;
    for (const spot of spots) {
      const apart = (spot[0] - x) ** 2 + (spot[1] - y) ** 2;
      if (apart < least) [best, least] = [spot, apart];
    }
    return best;
  };
  svg.onpointermove = (event) => {
    const spot = near(event);
    if (spot) tell(event, spot[2]);
    else hush();
  };
  svg.onpointerleave = hush;
  svg.onclick = (event) => near(event)?.[3]?.();
}
