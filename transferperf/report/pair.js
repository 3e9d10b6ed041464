// One pair in detail: its responses, and what options do in both of its environments.

const seen = data.observed;
const WIDE = { width: 400, height: 310 };
const BOX = { left: 64, right: 380, top: 12, bottom: 262 };
const SHARES = range(50).map((k) => (k + 1) / 100);
const MAX_POINTS = 4000;

// Configurations that are valid in both environments: their places, and responses in source and target.
function common(source, target) {
  const [a, b] = [seen.sets[seen.set[source]], seen.sets[seen.set[target]]];
  const found = { rows: [], s: [], t: [] };
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) {
      found.rows.push(a[i]);
      found.s.push(seen.responses[source][i]);
      found.t.push(seen.responses[target][j]);
    }
    const [from, to] = [a[i], b[j]];
    if (from <= to) i += 1;
    if (to <= from) j += 1;
  }
  return found;
}

// Least squares of y over x.
function fit(x, y) {
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [mx, my] = [mean(x), mean(y)];
  const [xx, xy] = x.reduce(([p, q], value, k) => [p + (value - mx) ** 2, q + (value - mx) * (y[k] - my)], [0, 0]);
  return xx > 0 ? { slope: xy / xx, intercept: my - (xy / xx) * mx } : null;
}

// The line is straight on the axes that are drawn: a power of the source where they are logarithmic.
function shift(found) {
  const turn = seen.isLog ? Math.log : (value) => value;
  const line = fit(found.s.map(turn), found.t.map(turn));
  if (!line) return null;
  const { slope, intercept } = line;
  if (seen.isLog) return { at: (value) => Math.exp(intercept) * value ** slope, text: `target = ${plain(Math.exp(intercept))} × source`, power: plain(slope) };
  const sign = intercept < 0 ? "−" : "+";
  return { at: (value) => intercept + slope * value, text: `target = ${plain(slope)} × source ${sign} ${plain(Math.abs(intercept))}` };
}

function drawScatter(svg, caption, source, target, found) {
  clear(svg, WIDE.width, WIDE.height, `Responses of ${found.s.length} configurations in source and target.`);
  const options = { isLog: seen.isLog };
  const [x, y] = [scale(found.s, BOX.left, BOX.right, options), scale(found.t, BOX.bottom, BOX.top, options)];
  axes(svg, BOX, x, y, { xLabel: `source: ${data.metric.label}`, yLabel: `target: ${data.metric.label}` });
  const step = Math.ceil(found.s.length / MAX_POINTS);
  const shown = range(found.s.length).filter((k) => k % step === 0);
  const places = shown.map((k) => [x(found.s[k]), y(found.t[k])]);
  points(svg, places, { class: "cloud", "stroke-width": found.s.length > 1000 ? 3 : 5 });
  const line_ = shift(found);
  if (line_) {
    const [low, high] = [Math.min(...found.s), Math.max(...found.s)];
    const steps = range(41).map((k) => (seen.isLog ? low * (high / low) ** (k / 40) : low + ((high - low) * k) / 40));
    const inside = steps.map((value) => [x(value), y(line_.at(value))]).filter(([, place]) => place >= BOX.top && place <= BOX.bottom);
    line(svg, inside, { class: "fitted" });
  }
  caption.textContent = line_ ? `Each point is a configuration. Line: ${line_.text}` : "Each point is a configuration; the source does not vary.";
  if (line_?.power) mark(caption, "sup", {}, line_.power);
  listen(svg, shown.map((k, i) => [...places[i], [`source ${plain(found.s[k])}, target ${plain(found.t[k])}`, ...configuration(found.rows[k])]]), { reach: 8 });
}

const configuration = (row) => seen.levels.slice(0, 16).map((level) => `${level.option}: ${level.names[level.codes[row]]}`);

function drawDensities(svg, caption, source, target) {
  clear(svg, WIDE.width, WIDE.height, "How responses are spread in source and target.");
  const found = [source, target].map((place) => seen.densities[place]);
  const x = scale(found.flatMap((one) => (one ? [one.low, one.high] : [])), BOX.left - 40, BOX.right, { isLog: seen.isLog, room: 0.01 });
  const y = scale([0, 1], BOX.bottom, BOX.top + 24, { room: 0 });
  axes(svg, { ...BOX, left: BOX.left - 40 }, x, Object.assign((value) => y(value), { ticks: [] }), { xLabel: data.metric.label, yLabel: "density" });
  found.forEach((one, k) => {
    const kind = k ? "of-target" : "of-source";
    mark(svg, "text", { x: BOX.left - 36 + k * 178, y: 16, "font-size": 12, class: `${kind} words` }, fitted(`${k ? "╌" : "━"} ${labels[k ? target : source]}`, 12, 170));
    if (!one) return;
    const steps = one.heights.length - 1;
    const value = (i) => (seen.isLog ? one.low * (one.high / one.low) ** (i / steps) : one.low + ((one.high - one.low) * i) / steps);
    line(svg, one.heights.map((height, i) => [x(value(i)), y(height)]), { class: kind });
  });
  const missing = found.filter((one) => !one).length;
  caption.textContent = `All valid configurations of each environment, highest point 1.${missing ? " Where nothing varies there is no density." : ""}`;
}

// How much each row belongs to the best share of rows; tied rows share the places that are left.
function membership(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  const wanted = Math.max(1, Math.round(share * values.length));
  const border = sorted[wanted - 1];
  const before = sorted.findIndex((value) => value === border);
  const tied = sorted.lastIndexOf(border) - before + 1;
  return values.map((value) => (value < border ? 1 : value > border ? 0 : (wanted - before) / tied));
}

function overlap(s, t, share) {
  const [a, b] = [membership(s, share), membership(t, share)];
  return a.reduce((sum, value, k) => sum + value * b[k], 0) / b.reduce((sum, value) => sum + value, 0);
}

function drawOverlap(svg, caption, source, target, found) {
  const sign = data.metric.less ? 1 : -1;
  const turned = [1, -1].map((way) => [found.s, found.t].map((values) => values.map((value) => value * sign * way)));
  const curves = turned.map(([s, t]) => SHARES.map((share) => overlap(s, t, share)));
  clear(svg, WIDE.width, WIDE.height, "Share of the best and of the worst configurations that source and target have in common.");
  const [x, y] = [scale([0, 0.5], BOX.left, BOX.right, { room: 0 }), scale([0, 1], BOX.bottom, BOX.top + 24, { room: 0.02 })];
  const percent = (value) => `${Math.round(value * 100)} %`;
  axes(svg, BOX, x, y, { xLabel: "share of configurations taken", yLabel: "in common", xText: percent, yText: percent });
  line(svg, [[x(0), y(0)], [x(0.5), y(0.5)]], { class: "chance" });
  curves.forEach((curve, k) => line(svg, curve.map((value, i) => [x(SHARES[i]), y(value)]), { class: k ? "of-target" : "of-source" }));
  ["━ best", "╌ worst", "· · chance"].forEach((text, k) =>
    mark(svg, "text", { x: BOX.left + k * 90, y: 16, "font-size": 12, class: `${["of-source", "of-target", "quiet"][k]} words` }, text),
  );
  const [ten, worst] = curves.map((curve) => percent(curve[9]));
  caption.textContent = `Of the best 10 % of configurations ${ten} are the same, of the worst ${worst}; 10 % by chance.`;
  listen(svg, SHARES.map((share, k) => [x(share), y(curves[0][k]), [`best ${percent(share)}: ${percent(curves[0][k])} in common`, `worst ${percent(share)}: ${percent(curves[1][k])}`]]), { reach: 30 });
}

// What becomes of an option's effect from source to target.
function fate(k, a, b) {
  if (a.matters[k] && b.matters[k]) return Math.sign(a.mean[k]) === Math.sign(b.mean[k]) ? "agrees" : "flips";
  return a.matters[k] ? "vanishes" : b.matters[k] ? "appears" : "nowhere";
}

function drawEffects(svg, caption, source, target) {
  const [a, b] = [seen.effects[source], seen.effects[target]];
  const known = range(seen.contrasts.length).filter((k) => a.size[k] !== null && b.size[k] !== null);
  clear(svg, WIDE.width, WIDE.height, `Effects of ${known.length} options in source and target.`);
  const most = 1.15 * Math.max(0.1, ...known.flatMap((k) => [Math.abs(a.size[k]), Math.abs(b.size[k])]));
  const [x, y] = [scale([-most, most], BOX.left, BOX.right, { room: 0 }), scale([-most, most], BOX.bottom, BOX.top, { room: 0 })];
  axes(svg, BOX, x, y, { xLabel: "effect in the source [deviations]", yLabel: "effect in the target [deviations]" });
  line(svg, [[x(-most), y(-most)], [x(most), y(most)]], { class: "chance" });
  const counts = {};
  const spots = known.map((k) => {
    const kind = fate(k, a, b);
    counts[kind] = (counts[kind] ?? 0) + 1;
    const spot = [x(a.size[k]), y(b.size[k])];
    mark(svg, "path", { d: SHAPES[kind === "flips" ? 3 : 0], class: `effect ${kind}`, transform: `translate(${spot[0].toFixed(1)} ${spot[1].toFixed(1)}) scale(0.9)` });
    const change = (one) => `${plain(one.mean[k])} (${number(one.size[k])} deviations)`;
    return [...spot, [`${seen.contrasts[k]}: ${kind}`, `source ${change(a)}`, `target ${change(b)}`], undefined, k];
  });
  const taken = spots.map(([p, q]) => [p - 7, q - 7, p + 7, q + 7]);
  const strongest = [...spots].sort((p, q) => reach(q[4], a, b) - reach(p[4], a, b)).slice(0, 7);
  for (const spot of strongest) label(svg, spot, seen.contrasts[spot[4]], taken, BOX.right + 8);
  const told = ["agrees", "flips", "vanishes", "appears", "nowhere"].filter((kind) => counts[kind]).map((kind) => `${counts[kind]} ${SAID[kind]}`);
  caption.textContent = `Change of ${data.metric.label} with each option, in deviations of it: ${told.join(", ")}.`;
  listen(svg, spots);
}

const SAID = { agrees: "agree", flips: "flip", vanishes: "vanish", appears: "appear", nowhere: "have no effect that can be told" };
const reach = (k, a, b) => Math.max(Math.abs(a.size[k]), Math.abs(b.size[k]));
