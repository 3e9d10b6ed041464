// How two options act together, in source and target side by side.

// Pairs of options that interact most, in the target first.
function candidates(source, target) {
  const found = new Map();
  for (const place of [target, source]) {
    for (const pair of seen.interactions[place]) if (!found.has(String(pair))) found.set(String(pair), pair);
  }
  return [...found.values()];
}

// Mean response for each pair of levels, a geometric one on log scales; null where there is none.
function cellMeans(place, first, second) {
  const [a, b] = [seen.levels[first], seen.levels[second]];
  const cells = a.names.map(() => b.names.map(() => ({ sum: 0, n: 0 })));
  seen.sets[seen.set[place]].forEach((row, k) => {
    const cell = cells[a.codes[row]][b.codes[row]];
    cell.sum += seen.isLog ? Math.log(seen.responses[place][k]) : seen.responses[place][k];
    cell.n += 1;
  });
  return cells.map((line) => line.map(({ sum, n }) => (n ? (seen.isLog ? Math.exp(sum / n) : sum / n) : null)));
}

function drawInteraction(svg, caption, source, target, [first, second]) {
  const [a, b] = [seen.levels[first], seen.levels[second]];
  clear(svg, WIDE.width, WIDE.height, `Means of ${data.metric.label} by ${a.option} and ${b.option} in source and target.`);
  [source, target].forEach((place, k) => {
    const box = { left: 48 + k * 202, right: 190 + k * 202, top: 30, bottom: 214 };
    const means = cellMeans(place, first, second);
    const x = Object.assign((i) => box.left + ((i + 0.5) / a.names.length) * (box.right - box.left), { ticks: [] });
    const y = scale(means.flat(), box.bottom, box.top, { isLog: seen.isLog, room: 0.08 });
    axes(svg, box, x, y, { xLabel: a.option, yLabel: "" });
    mark(svg, "text", { x: box.left, y: 16, "font-size": 12, class: "words" }, fitted(`${k ? "target" : "source"}: ${labels[place]}`, 12, 138));
    a.names.forEach((text, i) => mark(svg, "text", { x: x(i), y: box.bottom + 15, "text-anchor": "middle", "font-size": 11, class: "quiet" }, fitted(text, 11, (box.right - box.left) / a.names.length)));
    b.names.forEach((_, j) => drawLevel(svg, means.map((line) => line[j]), x, y, j));
  });
  const [spots] = flow([`${b.option}:`, ...b.names], WIDE.width - 12, 11, 30);
  mark(svg, "text", { x: 12, y: 276, dy: "0.35em", "font-size": 11 }, `${b.option}:`);
  b.names.forEach((text, j) => {
    const [left, top] = [spots[j + 1][0] + 12, spots[j + 1][1] + 276];
    mark(svg, "path", { d: SHAPES[j], fill: hues()[j], transform: `translate(${left} ${top})` });
    mark(svg, "text", { x: left + 11, y: top, dy: "0.35em", "font-size": 11 }, text);
  });
  caption.textContent = `${seen.isLog ? "Geometric mean of" : "Mean"} ${data.metric.label} by ${a.option} and ${b.option}: lines that are not parallel interact.`;
}

function drawLevel(svg, means, x, y, j) {
  const places = means.flatMap((mean, i) => (mean === null ? [] : [[x(i), y(mean)]]));
  line(svg, places, { stroke: hues()[j] });
  for (const [left, top] of places) {
    mark(svg, "path", { d: SHAPES[j], fill: hues()[j], transform: `translate(${left.toFixed(1)} ${top.toFixed(1)}) scale(0.8)` });
  }
}
