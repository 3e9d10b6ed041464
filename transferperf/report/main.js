// The page: what is drawn where, and what happens when the reader chooses.

const find = (id) => document.getElementById(id);
const maps = data.shown.map((shown) => ({ shown, figure: find(`map-${shown.column}`) }));

const announce = (text) => {
  find("said").textContent = text;
};

function choose(source, target, { show = false } = {}) {
  state.pair = [source, target];
  state.interaction = 0;
  find("source").value = source;
  find("target").value = target;
  drawAll();
  if (!show) return;
  announce(`Pair ${labels[source]} to ${labels[target]} is shown.`);
  find("pair").scrollIntoView({ behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth", block: "start" });
  find("pair").focus({ preventScroll: true });
}

const chooseTarget = (target) => {
  const best = data.best.find((row) => row.target === target);
  choose(best ? best.source : (target + 1) % size, target, { show: true });
};

function drawMaps() {
  for (const { shown, figure } of maps) {
    figure.classList.toggle("aside", !isSmall && shown.column !== state.shown);
    drawHeat(figure.querySelector("svg.heat"), shown);
    drawLegend(figure.querySelector("svg.legend"), shown);
  }
}

function drawOverview() {
  if (find("places")) drawMap(find("places"), find("marked")?.value ?? marked()[0]);
  for (const dots of data.dots) drawSeverity(find(`severity-${dots.column}`), dots);
}

function drawPair() {
  if (!state.pair) return;
  const [source, target] = state.pair;
  drawFacts(find("facts"), source, target);
  if (!seen) return;
  const found = common(source, target);
  const isEnough = found.s.length > 1;
  for (const [id, draw] of [["scatter", drawScatter], ["overlap", drawOverlap]]) {
    find(id).closest("figure").hidden = !isEnough;
    if (isEnough) draw(find(id), find(`${id}-caption`), source, target, found);
  }
  drawDensities(find("densities"), find("densities-caption"), source, target);
  drawEffects(find("effects"), find("effects-caption"), source, target);
  const possible = candidates(source, target);
  find("interaction").closest("figure").hidden = !possible.length;
  if (!possible.length) return;
  offer(find("options"), possible.map(([a, b], k) => [k, `${seen.levels[a].option} × ${seen.levels[b].option}`]), state.interaction);
  drawInteraction(find("interaction"), find("interaction-caption"), source, target, possible[state.interaction]);
}

function drawFacts(list, source, target) {
  list.replaceChildren();
  const facts = [
    ...data.shown.map((shown) => [shown.title, words(shown, source, target)]),
    ["Verdict", verdict(source, target)],
    ["Configurations in both", String(of("n_common", source, target) ?? 0)],
  ];
  for (const [term, value] of facts) {
    mark(list, "dt", {}, term);
    mark(list, "dd", {}, value);
  }
}

function offer(select, entries, chosen) {
  select.replaceChildren();
  for (const [value, text] of entries) mark(select, "option", { value, ...(value === chosen ? { selected: "" } : {}) }, text);
}

const drawBest = makeTable(find("best"), {
  rows: () => data.best.filter(({ source, target }) => sources().includes(source) && targets().includes(target)).map((row) => [row.source, row.target, row]),
  columns: bestColumns(),
  by: { column: 0, down: false },
  portion: 12,
  onPick: ([source, target]) => choose(source, target, { show: true }),
});
const drawPairs = makeTable(find("pairs"), {
  rows: pairs,
  columns: pairColumns(),
  by: { column: 2, down: true },
  portion: 25,
  onPick: ([source, target]) => choose(source, target, { show: true }),
});

function drawAll() {
  drawMaps();
  drawOverview();
  drawPair();
  drawBest();
  drawPairs();
  find("left").textContent = `${pairs().length} of ${size * (size - 1)} pairs`;
}

// Selects and radio buttons of the page.
function listenToReader() {
  for (const select of document.querySelectorAll("select[data-factor]")) {
    offer(select, [["", "any"], ...data.factors[select.dataset.factor].map((value) => [value, value])], "");
    select.onchange = () => {
      if (select.value) state.filter[select.dataset.factor] = select.value;
      else delete state.filter[select.dataset.factor];
      drawAll();
    };
  }
  if (find("scope")) find("scope").onchange = () => {
    state.scope = find("scope").value;
    drawAll();
  };
  for (const radio of document.querySelectorAll("input[name=shown]")) {
    radio.onchange = () => {
      state.shown = radio.value;
      drawMaps();
    };
  }
  for (const id of ["source", "target"]) {
    offer(find(id), labels.map((label, place) => [place, label]), null);
    find(id).onchange = () => find("source").value !== find("target").value && choose(Number(find("source").value), Number(find("target").value));
  }
  if (find("marked")) {
    offer(find("marked"), marked().map((factor) => [factor, factor]), marked()[0]);
    find("marked").onchange = drawOverview;
  }
  if (find("options")) find("options").onchange = () => {
    state.interaction = Number(find("options").value);
    drawPair();
  };
}

find("maps").classList.toggle("beside", isSmall);
listenToReader();
const first = data.best[0] ?? { source: 0, target: 1 };
choose(first.source, first.target);
darkly.addEventListener("change", drawAll);
addEventListener("beforeprint", drawAll);
let waiting;
let width = innerWidth;
addEventListener("resize", () => {
  clearTimeout(waiting);
  if (innerWidth !== width) waiting = setTimeout(drawAll, 100);
  width = innerWidth;
});
