// Tables that sort by a click on a head, or by Enter on it.


const pairColumns = () => [
  { title: "Target", text: ([, target]) => labels[target], key: ([, target]) => labels[target] },
  { title: "Source", text: ([source]) => labels[source], key: ([source]) => labels[source] },
  ...data.shown.filter((shown) => shown.scale !== "class").map((shown) => ({
    title: shown.title,
    text: ([source, target]) => words(shown, source, target),
    key: ([source, target]) => of(shown.column, source, target) ?? -Infinity,
    isNumber: true,
    downFirst: true,
  })),
  { title: "In both", text: ([s, t]) => String(of("n_common", s, t) ?? 0), key: ([s, t]) => of("n_common", s, t), isNumber: true, downFirst: true },
  { title: "Verdict", isWide: true, text: ([source, target]) => verdict(source, target), key: ([source, target]) => `${of("kind", source, target) ?? 9} ${verdict(source, target)}` },
];

const percent = (share) => (share === null ? "–" : share < 0.0995 ? (share * 100).toFixed(1) : (share * 100).toFixed(0));

// Columns of the table of best sources: those of pairs, and what is advised.
function bestColumns() {
  const [target, source, ...numbers] = pairColumns();
  const rest = numbers.filter(({ title }) => !["In both", "Pearson (M1)"].includes(title));
  const advice = [
    { title: "Measure", text: ([, , row]) => number(row.n, 0), key: ([, , row]) => row.n, isNumber: true },
    {
      title: "Expected error",
      text: ([, , row]) => `${percent(row.error)} % [${percent(row.error_low)}, ${percent(row.error_high)}]`,
      key: ([, , row]) => row.error,
      isNumber: true,
    },
  ];
  const others = { title: "Helped by", isWide: true, text: ([, , row]) => row.set.join("; "), key: ([, , row]) => row.set.join("; ") };
  const isAdvised = data.best.some((row) => row.n !== null);
  return [target, source, ...(isAdvised ? advice : []), ...rest, ...(data.best.some((row) => row.set.length) ? [others] : [])];
}

const compare = (a, b) => (typeof a === "string" ? a.localeCompare(b, "en", { numeric: true }) : a === b ? 0 : a < b ? -1 : 1);

// A table in `holder` whose rows are what `rows()` gives; returns a function that draws it again.
function makeTable(holder, { rows, columns, by, onPick, portion }) {
  const order = { column: by.column, down: by.down };
  let limit = portion;
  const table = mark(holder, "table");
  const head = mark(mark(table, "thead"), "tr");
  const body = mark(table, "tbody");
  const more = mark(holder, "button", { type: "button", class: "more" });
  const heads = columns.map((column, k) => {
    const cell = mark(head, "th", { scope: "col", class: column.isNumber ? "number" : column.isWide ? "wide" : "" });
    const button = mark(cell, "button", { type: "button" }, column.title);
    button.onclick = () => {
      order.down = order.column === k ? !order.down : Boolean(column.downFirst);
      order.column = k;
      draw();
    };
    return cell;
  });
  function draw() {
    heads.forEach((cell, k) => cell.setAttribute("aria-sort", k !== order.column ? "none" : order.down ? "descending" : "ascending"));
    const keyed = rows().map((row) => [columns[order.column].key(row), row]);
    keyed.sort((a, b) => (order.down ? -compare(a[0], b[0]) : compare(a[0], b[0])));
    body.replaceChildren();
    for (const [, row] of keyed.slice(0, limit)) fill(mark(body, "tr"), row, columns, onPick);
    more.hidden = keyed.length <= limit;
    more.textContent = `Show ${Math.min(200, keyed.length - limit)} more of ${keyed.length}`;
  }
  more.onclick = () => {
    limit += 200;
    draw();
  };
  return draw;
}

function fill(line, row, columns, onPick) {
  if (isChosen(row[0], row[1])) line.setAttribute("aria-current", "true");
  columns.forEach((column, k) => {
    const cell = mark(line, k ? "td" : "th", k ? {} : { scope: "row" });
    if (column.isNumber) cell.className = "number";
    if (k) cell.textContent = column.text(row);
    else mark(cell, "button", { type: "button", class: "pick", title: "Show this pair" }, column.text(row)).onclick = () => onPick(row);
  });
}
