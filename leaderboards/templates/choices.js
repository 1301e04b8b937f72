// What can be chosen on the board, and what follows from the choice.

const DEFAULTS = {
  benchmark: "", // a column's label; empty: all
  metric: "",
  part: "",
  find: "",
  kind: "",
  size: "",
  from: "",
  to: "",
  hide: "", // "1": leave out models whose cut-off falls inside the window
  sort: "",
  down: "", // "1": the other way round
  axis: "size",
  a: "",
  b: "",
  model: "", // whose details are open, on `on`
  on: "",
  problem: "",
  outcome: "",
};

/** The column that is chosen, or null for all. An unknown name means all. */
const chosenColumn = () => meta.columns.find((one) => one.label === state.benchmark) ?? null;

/** What is scored: metric, part and window, each as far as the column has it. */
function viewOf(column) {
  const metrics = metricsOf(column);
  const metric = metrics.includes(state.metric) ? state.metric : metrics[0];
  const part = partsOf(column, metric).includes(state.part) ? state.part : "";
  const dated = column === chosenColumn();
  return { metric, part, from: dated ? state.from : "", to: dated ? state.to : "" };
}

/** A function of a column whose value is kept. */
const ofColumn = (name, compute) => (column) => cached(column.cache, name, () => compute(column));

/** The metrics that some row of a column has, headline first. */
const metricsOf = ofColumn("metrics", (column) => {
  const found = new Set(column.headline ? [column.headline] : []);
  for (const row of column.rows) {
    for (const key of Object.keys(row.estimates)) {
      const [name, part] = splitOnce(key, "/");
      if (column.kind === "figures" || !part) found.add(column.kind === "figures" ? key : name);
      else if (part.startsWith("tests=")) found.add(key);
    }
    if (row.letters[2]) found.add("pass@1/tests=base").add("pass@1/tests=base + plus");
  }
  return [...found];
});

/** The parts that a metric can be shown over, beside the whole. */
function partsOf(column, metric) {
  const found = new Set();
  for (const [name, values] of Object.entries(slices(column))) {
    const kinds = new Set(values.filter((one) => one !== null));
    if (kinds.size > 1) [...kinds].sort().forEach((kind) => found.add(`${name}=${kind}`));
  }
  for (const row of column.rows) {
    for (const key of Object.keys(row.estimates)) {
      const [name, part] = splitOnce(key, "/");
      if (name === metric && part && !part.startsWith("tests=")) found.add(part);
    }
  }
  return column.kind === "figures" ? [] : [...found];
}
