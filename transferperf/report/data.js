// What the page knows, what the reader chose, and which pairs that leaves.

const data = JSON.parse(document.getElementById("data").textContent);
const size = data.environments.length;
const labels = data.environments.map((environment) => environment.label);
const isSmall = size <= 12; // all maps have room beside one another
const darkly = matchMedia("(prefers-color-scheme: dark)");

const state = {
  filter: {}, // factor -> value
  scope: "both", // which end of a pair the filter is about
  shown: data.shown[0].column,
  pair: null, // [source, target]
  interaction: 0,
};

const at = (source, target) => source * size + target;
const of = (column, source, target) => data.matrices[column]?.[at(source, target)] ?? null;
const verdict = (source, target) => data.verdicts.words[data.verdicts.of[at(source, target)]] ?? "";

function passes(place) {
  return Object.entries(state.filter).every(([factor, value]) => data.environments[place].values[factor] === value);
}

// Environments that may be an end of a pair, in the order of the clusters.
const sources = () => data.order.filter((place) => state.scope === "target" || passes(place));
const targets = () => data.order.filter((place) => state.scope === "source" || passes(place));

function pairs() {
  const possible = sources();
  return targets().flatMap((target) => possible.filter((source) => source !== target).map((source) => [source, target]));
}

const isChosen = (source, target) => state.pair !== null && state.pair[0] === source && state.pair[1] === target;

// A number of a pair as a reader sees it, with its interval where there is one.
function words(shown, source, target) {
  const value = of(shown.column, source, target);
  if (value === null) return "–";
  if (shown.scale === "class") return data.classes[value];
  const digits = shown.scale === "correlation" ? 2 : 0;
  const [low, high] = ["_low", "_high"].map((end) => of(shown.column + end, source, target));
  const text = (shown.column === "saved" && of("is_bound", source, target) ? "≥ " : "") + signed(value, digits);
  return low === null || high === null || low === high ? text : `${text} [${signed(low, digits)}, ${signed(high, digits)}]`;
}

function signed(value, digits) {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−");
}

function lines(source, target) {
  return [
    `${labels[source]} → ${labels[target]}`,
    ...data.shown.map((shown) => `${shown.title}: ${words(shown, source, target)}`),
    verdict(source, target),
    `${of("n_common", source, target) ?? 0} configurations in both`,
  ];
}
