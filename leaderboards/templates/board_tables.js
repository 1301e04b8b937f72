// The table: one benchmark with intervals, or all benchmarks as a heatmap.

const SIZES = {
  small: ["below 4B", (size) => size < 4],
  medium: ["4B to 15B", (size) => size >= 4 && size < 15],
  large: ["15B to 40B", (size) => size >= 15 && size < 40],
  huge: ["40B and more", (size) => size >= 40],
};

/** Whether a model passes the search and the size filter. */
function wanted(info) {
  const asked = state.find.trim().toLowerCase();
  if (asked && !info.name.toLowerCase().includes(asked)) return false;
  if (state.size === "unknown") return info.size_b === null;
  const bucket = Object.hasOwn(SIZES, state.size) ? SIZES[state.size] : null;
  return !bucket || (info.size_b !== null && bucket[1](info.size_b));
}

/** All that the table says of each visible row of a column. */
function lines(column, view) {
  const standing = ranks(column, view);
  const found = column.rows
    .filter((row) => wanted(row.info))
    .map((row) => ({
      row,
      rank: standing[row.index],
      score: score(column, row, view),
      coverage: coverage(column, row, view),
      exposed: exposed(column, row, view),
    }))
    .filter((line) => !(state.hide && line.exposed));
  for (const line of found) {
    line.tied = found.filter((other) => line.rank !== null && other.rank === line.rank).length;
  }
  return found;
}

const sizeText = (size) => (size < 1 ? `${figure(1000 * size)}M` : `${figure(size)}B`);

/** A score and its interval as text: per cent, or plain figures where the metric is no share. */
const valueText = (column, value) => (column.kind === "figures" ? figure(value) : shareText(value));
const boundsText = (column, one) => intervalText(one, column.kind === "figures" ? figure : percent);

const metricText = (metric) => words(metric.replace(/\/tests=plus$/, ", plus inputs alone").replace("/tests=", ", "));

const SORTS = {
  rank: (line) => line.rank ?? LAST,
  model: (line) => line.row.name.toLowerCase(),
  score: (line) => (line.score ? -line.score.value : LAST),
  n: (line) => (line.score ? -line.score.n : LAST),
  problems: (line) => (line.score ? -line.score.clusters : LAST),
  coverage: (line) => -line.coverage.share,
  errors: (line) => -line.coverage.harness,
  size: (line) => line.row.info.size_b ?? LAST,
  released: (line) => line.row.info.released || LAST,
};
const DESCENDING = new Set(["score", "n", "problems", "coverage", "errors"]);
const NO_MODEL = "No model fits the search and the filters.";

function sortedLines(column, view) {
  const byScore = sorted(lines(column, view), SORTS.score, false);
  return sorted(byScore, Object.hasOwn(SORTS, state.sort) ? SORTS[state.sort] : SORTS.score, state.down === "1");
}

// ------------------------------------------------------------------------- one benchmark

function badges(column, line) {
  const { row } = line;
  const found = row.doubts.map(({ badge, text }) => [badge, text]);
  if (line.exposed) {
    const text = `${plural(line.exposed, "problem")} here came out on or before its stated cut-off`;
    found.push([`cut-off ${row.info.cutoff}`, `${text}, ${row.info.cutoff}: it may have seen them.`]);
  }
  return found.map(([text, title]) => el("span", { class: "badge", title }, text, hidden(` (${title})`)));
}

function rankCell(line) {
  if (line.rank === null) {
    const few = line.coverage.share < meta.ranked_coverage;
    const covered = `${shareText(line.coverage.share)} of the benchmark is covered`;
    const reason = few ? `only ${covered}, and a rank takes ${shareText(meta.ranked_coverage)}` : "this figure is known from the record only";
    const why = `No rank: ${line.score ? reason : "no score"}.`;
    return el("td", { class: "number", title: why }, NONE, hidden(` ${why}`));
  }
  if (line.tied < 2) return el("td", { class: "number" }, String(line.rank));
  const others = plural(line.tied - 1, "other");
  const title = `Shared with ${others}: no better model is told apart from these.`;
  return el("td", { class: "number", title }, `=${line.rank}`, hidden(` (shared with ${others})`));
}

/** A link to a model's details: followed here, or taken to another tab. */
function modelLink(column, row) {
  const asked = { model: row.name, on: column.label, problem: "", outcome: "" };
  const follow = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    choose(asked);
  };
  const attributes = { class: "model", href: addressOf(asked), "aria-haspopup": "dialog", onclick: follow };
  return el("a", attributes, row.name);
}

function coverageText({ have, of, share }) {
  if (have === null) return shareText(share);
  const part = share < 1 && have === of ? ` (${shareText(share)})` : "";
  return `${have} of ${of}${part}`;
}

function lineOf(column, line, range, groupStarts) {
  const { row, score: one } = line;
  return el(
    "tr",
    { class: groupStarts ? "group" : null },
    rankCell(line),
    el("th", { scope: "row" }, modelLink(column, row), badges(column, line)),
    numberCell(one ? valueText(column, one.value) : el("span", { class: "faint" }, "no score"), "strong"),
    el("td", { class: "number span", title: one ? one.method : null }, one ? boundsText(column, one) : NONE),
    range && el("td", { class: "drawn" }, bar(one, range)),
    numberCell(one ? thousands(one.n) : NONE, "wide"),
    numberCell(one ? thousands(one.clusters) : NONE, "wide"),
    numberCell(coverageText(line.coverage), line.coverage.share < 1 ? "warn" : ""),
    numberCell(String(line.coverage.harness), line.coverage.harness ? "warn" : ""),
    numberCell(row.info.size_b === null ? NONE : sizeText(row.info.size_b), "wide"),
    numberCell(row.info.released || NONE, "wide"),
  );
}

function benchmarkTable(column, view) {
  const found = sortedLines(column, view);
  const range = column.kind === "figures" ? null : shareRange(found.map((line) => line.score));
  const head = (key, text, more = {}) => sortingHead(key, text, { descends: DESCENDING.has(key), ...more });
  const wide = { cls: "number wide" };
  const heads = [
    head("rank", "Rank", { title: "Models that can't be told apart from any better one share a rank" }),
    head("model", "Model", { cls: "" }),
    head("score", metricText(view.metric) + (view.part ? `, ${view.part.replace("=", " ")}` : ""), { first: true }),
    numberHead("95% interval"),
    ...(range ? [el("th", { scope: "col", class: "drawn" }, `${range.map((end) => percent(end, 0)).join(" to ")}%`)] : []),
    head("n", column.isPairs ? "Pairs" : "Samples", wide),
    head("problems", "Problems", wide),
    head("coverage", "Coverage", { title: "Problems (pairs) with a verdict, of those here" }),
    head("errors", "Errors", { title: "Failures of the harness: in no score, never a model's zero" }),
    head("size", "Size", wide),
    head("released", "Released", wide),
  ];
  const ranked = ["", "rank"].includes(state.sort);
  const rows = found.map((line, i) => lineOf(column, line, range, ranked && i > 0 && line.rank !== found[i - 1].rank));
  const caption = `${column.label}: ${plural(found.length, "model")}`;
  return table({ id: "scores", class: "scores", caption, heads, rows, none: NO_MODEL });
}

// ------------------------------------------------------------------------ all benchmarks

const shownColumns = () => meta.columns.filter((one) => !state.kind || one.kind === state.kind);

/** Every model of a kind that the filters let through, with its line in each column. */
function overview(kind) {
  const shown = shownColumns()
    .filter((column) => column.kind === kind)
    .map((column) => ({
      column,
      byModel: new Map(lines(column, viewOf(column)).map((line) => [line.row.model, line])),
    }));
  const models = meta.models
    .map((info, index) => ({ info, lines: shown.map(({ byModel }) => byModel.get(index) ?? null) }))
    .filter((one) => one.lines.some(Boolean));
  const at = shown.findIndex(({ column }) => column.label === state.sort);
  const keyOf = (one) => {
    if (state.sort === "model") return one.info.name.toLowerCase();
    if (at < 0) return -completeness(one.lines);
    const value = one.lines[at]?.score?.value;
    return value === undefined ? LAST : -value;
  };
  return { shown, models: sorted(models, keyOf, state.down === "1") };
}

/** In how many columns a model stands, and among as many how high: the mean of its scores. */
function completeness(found) {
  const scores = found.filter((line) => line?.score).map((line) => Math.min(1, Math.max(0, line.score.value)));
  return found.filter(Boolean).length + (scores.length ? (0.999 * sum(scores)) / scores.length : 0);
}

const shownKinds = () => [...new Set(shownColumns().map((one) => one.kind))];
const KIND_NAMES = { policy: "policies", "reward model": "reward models", figures: "other figures" };

function heatCell(column, line) {
  if (!line || !line.score) {
    return el("td", { class: "number faint" }, NONE, hidden(line ? " no score" : " not run"));
  }
  const { value } = line.score;
  const heat = column.kind === "figures" ? "" : `heat-${Math.min(9, Math.floor(value * 10))}`;
  const rank = line.rank === null ? "no rank" : `rank ${line.tied > 1 ? "=" : ""}${line.rank}`;
  return el(
    "td",
    { class: `number ${heat}` },
    el("span", { class: "strong" }, valueText(column, value)),
    el("span", { class: "under" }, `${boundsText(column, line.score)} · ${rank}`),
    line.coverage.share < 1 ? el("span", { class: "under" }, `${coverageText(line.coverage)} covered`) : null,
    line.coverage.harness ? el("span", { class: "under" }, `${line.coverage.harness} failures of ours`) : null,
  );
}

function overviewTable(kind, number) {
  const { shown, models } = overview(kind);
  const rows = models.map(({ info, lines: found }) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, modelLink(shown[found.findIndex(Boolean)].column, { name: info.name })),
      found.map((line, i) => heatCell(shown[i].column, line)),
    ),
  );
  return table({
    id: number ? `scores-${number}` : "scores",
    class: "heat scores",
    caption: `All benchmarks for ${KIND_NAMES[kind]}: ${plural(models.length, "model")}, headline score, 95% interval and rank`,
    heads: [
      sortingHead("model", "Model", { cls: "" }),
      ...shown.map(({ column }) => sortingHead(column.label, column.label, { descends: true })),
    ],
    rows,
    none: NO_MODEL,
  });
}

function drawTable() {
  const column = chosenColumn();
  const tables = column ? [benchmarkTable(column, viewOf(column))] : shownKinds().map(overviewTable);
  byId("board").replaceChildren(...tables);
}
