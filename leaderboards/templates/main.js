// Puts the parts together.

function drawControls() {
  const benchmarks = meta.columns.filter((one) => !state.kind || one.kind === state.kind);
  const column = chosenColumn();
  setOptions(byId("benchmark"), [["", "All benchmarks"], ...benchmarks.map((one) => [one.label, one.label])], column?.label ?? "");
  byId("metric-label").hidden = !column;
  byId("part-label").hidden = true;
  if (column) {
    const view = viewOf(column);
    setOptions(byId("metric"), metricsOf(column).map((one) => [one, metricText(one)]), view.metric);
    const parts = partsOf(column, view.metric);
    byId("part-label").hidden = !parts.length;
    setOptions(byId("part"), [["", "all"], ...parts.map((one) => [one, one.replace("=", ": ")])], view.part);
  }
  byId("kind").value = state.kind;
  byId("size").value = state.size;
  if (byId("find").value !== state.find) byId("find").value = state.find;
  byId("hide").checked = Boolean(state.hide);
}

/** How the scores of the table came about, in a line or two below it. */
function drawReading() {
  const column = chosenColumn();
  const methods = new Set();
  for (const one of column ? [column] : shownColumns()) {
    for (const { score: told } of lines(one, viewOf(one))) {
      if (told) methods.add(told.recorded ? `${told.method} (as recorded)` : `${told.method} (computed in this page)`);
    }
  }
  const ties = column?.isPairs ? " A tie counts as half a win; chance is 50%." : "";
  byId("reading").textContent = methods.size
    ? `Intervals, 95%, clustered by problem: ${[...methods].join("; ")}.${ties}`
    : "";
}

function drawTop() {
  drawControls();
  drawSlider();
  drawTable();
  drawReading();
}

function drawRest() {
  drawPlots();
  drawCompare();
  drawDetail();
}

function draw(changes) {
  const onlyDetail = changes && Object.keys(changes).every((key) => ["model", "on", "problem", "outcome"].includes(key));
  if (onlyDetail) {
    drawDetail();
    return;
  }
  drawTop();
  drawRest();
  if (changes) announce(shownTables().map((one) => one.caption.textContent).join(". "));
}

const NO_PART = { metric: "", part: "", from: "", to: "" }; // of a benchmark that another comes in place of

function startControls() {
  byId("controls").addEventListener("submit", (event) => event.preventDefault());
  onChange("benchmark", (benchmark) => choose({ benchmark, ...NO_PART, sort: "", down: "" }));
  onChange("metric", (metric) => choose({ metric, part: "" }));
  for (const id of ["part", "size"]) onChange(id, (value) => choose({ [id]: value }));
  onChange("find", (find) => choose({ find }), "input");
  onChange("kind", (kind) => {
    const fits = !kind || !chosenColumn() || chosenColumn().kind === kind;
    choose({ kind, ...(fits ? {} : { benchmark: "", ...NO_PART }) });
  });
  const kinds = [...new Set(meta.columns.map((one) => one.kind))];
  setOptions(byId("kind"), [["", "All"], ...kinds.map((kind) => [kind, KIND_NAMES[kind]])], "");
  setOptions(byId("size"), [["", "Any"], ...Object.entries(SIZES).map(([key, [text]]) => [key, text]), ["unknown", "not known"]], "");
}

function drawHeader() {
  const runs = meta.columns.reduce((total, one) => total + one.rows.length, 0);
  const { shown, total } = meta.texts;
  const texts = total ? ` Texts of ${thousands(shown)} of ${plural(total, "sample")} and pairs are in this file.` : "";
  byId("made").textContent =
    `${plural(meta.models.length, "model")}, ${plural(meta.columns.length, "benchmark")}, ${plural(runs, "score")}. ` +
    `Made ${meta.made_at.slice(0, 16).replace("T", " ")} UTC by lcbrb ${meta.lcbrb}.${texts}`;
}

async function start() {
  if (typeof DecompressionStream === "undefined") {
    byId("made").textContent = "This browser is too old to unpack the verdicts: use one of 2023 or later.";
    return;
  }
  await loadVerdicts();
  startState(draw);
  drawHeader();
  startControls();
  startSlider();
  startCompare();
  startDetail();
  startSaving();
  drawTop();
  performance.mark("drawn");
  await new Promise((resume) => setTimeout(resume)); // the table is seen before the plots are made
  drawRest();
  document.documentElement.dataset.ready = "yes";
}

// for tests and for the curious: the page's own statistics
globalThis.lcbrbBoard = Object.freeze({
  clusteredWilson, adjustedDifference, signFlipP, holm, passAtK, meta, state, choose,
  score, ranks, viewOf, chosenColumn, comparisons, csvRows, markdown: () => markdown(shownTables()),
});

start();
