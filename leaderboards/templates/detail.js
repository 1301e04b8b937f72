// One model on one benchmark: its record, and its problems down to the texts of each sample.

const PAGE = 100;
let shownProblems = PAGE;
let detailFor = "";

const OUTCOMES = { W: "win", T: "tie", L: "loss" };

/** The outcomes of a row on one unit, as words, absent ones left out. */
function outcomesOf(column, row, unit) {
  const letters = row.letters[0].slice(unit * row.width, (unit + 1) * row.width);
  return [...letters]
    .filter((letter) => letter !== ABSENT)
    .map((letter) => (column.isPairs ? OUTCOMES[letter.toUpperCase()] : meta.letters[letter]));
}

const good = (outcome) => outcome === "passed" || outcome === "win";

function facts(column, row) {
  const { record, info } = row;
  const size = info.size_b === null ? "not known" : `${sizeText(info.size_b)} (${info.size_from})`;
  const told = [
    ["Benchmark", `${column.label}, data ${column.sha256.slice(0, 12)}`],
    ["Size", size],
    ["Released", info.released || "not known"],
    ["Stated cut-off", info.cutoff || "not known"],
    ["Revision", record.revision],
    ["Run", `${record.started_at}, ${figure(record.wall_s)} s, ${record.complete ? "finished" : "not finished"}`],
    ["Coverage of the benchmark", shareText(record.coverage)],
    ["Seed", record.seed],
    ...Object.entries(record.settings),
    ...Object.entries(record.environment),
  ];
  return el(
    "dl",
    {},
    told
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([name, value]) => el("div", {}, el("dt", {}, words(name)), el("dd", {}, String(value)))),
  );
}

function estimatesTable(column, row) {
  const rows = Object.entries(row.estimates).map(([key, one]) =>
    el("tr", {}, el("th", { scope: "row" }, key), numberCell(valueText(column, one.value)),
      numberCell(boundsText(column, one)), numberCell(String(one.n)), numberCell(String(one.clusters)), el("td", {}, one.method)));
  if (!rows.length) return el("p", {}, "The record holds no estimate yet.");
  const heads = ["Figure", "Value", "95% interval", "n", "Problems", "Method"];
  return scrolling("Figures of the record", table({ caption: "As recorded by the run", heads, rows }));
}

/** The units that the outcome filter and the chosen problem let through. */
function unitsShown(column, row) {
  const found = [];
  for (let unit = 0; unit < column.units; unit += 1) {
    const outcomes = outcomesOf(column, row, unit);
    if (!outcomes.length) continue;
    if (state.problem && column.problems[problemOf(column, unit)] !== state.problem) continue;
    if (state.outcome && !outcomes.includes(state.outcome)) continue;
    found.push({ unit, outcomes, rate: outcomes.filter(good).length / outcomes.length });
  }
  return found.sort((x, y) => x.rate - y.rate || x.unit - y.unit); // failures first
}

const summaryOf = (outcomes) =>
  outcomes.length === 1 ? words(outcomes[0]) : tally(outcomes).map(([name, n]) => `${n} ${words(name)}`).join(", ");

function problemItem(column, row, { unit, outcomes }) {
  const place = problemOf(column, unit);
  const extra = [column.difficulty[place], column.released[place], column.isPairs ? column.pairs.category[unit] : null];
  const all = outcomes.every(good);
  const node = el(
    "details",
    { class: "problem", open: state.problem === column.problems[place] },
    el("summary", {},
      el("span", { class: all ? "mark-good" : "mark-bad", "aria-hidden": "true" }, all ? "✓" : "✗"),
      el("span", { class: "id" }, column.problems[place]),
      el("span", { class: "outcome" }, summaryOf(outcomes)),
      el("span", { class: "faint" }, extra.filter(Boolean).join(" · "))),
  );
  const open = () => node.open && node.children.length === 1 && showTexts(column, row, unit, node);
  node.addEventListener("toggle", open);
  open();
  return node;
}

async function showTexts(column, row, unit, node) {
  const body = el("div", { class: "texts" });
  node.append(body);
  const texts = await textsOf(column.isPairs ? column.chunks : row.chunks);
  const statement = (await textsOf(column.statements)).get(String(problemOf(column, unit)));
  if (statement) body.append(el("details", { class: "statement" }, el("summary", {}, "The problem's statement"), pre(statement.text)));
  if (column.isPairs) {
    body.append(pairTexts(row, texts.get(String(unit))));
    return;
  }
  outcomesOf(column, row, unit).forEach((outcome, position) => {
    body.append(sampleTexts(outcome, position, texts.get(`${unit},${position}`)));
  });
}

const pre = (text) => el("pre", { tabindex: "0" }, text);

function sampleTexts(outcome, position, text) {
  const title = el("h4", {}, `Sample ${position}: ${words(outcome)}`);
  if (!text) return el("section", {}, title, el("p", { class: "faint" }, "Its text found no room on this page (--texts-mb)."));
  const [passed, total] = text.tests;
  const told = [
    total ? `${passed} of ${total} tests passed before the end` : "",
    text.cpu_s === null ? "" : `${figure(text.cpu_s)} s of CPU`,
    text.origin === "recorded" ? "verdict of the file it came from" : "",
  ].filter(Boolean);
  return el(
    "section",
    {},
    title,
    told.length ? el("p", { class: "faint" }, told.join(" · ")) : null,
    text.detail ? el("div", {}, el("h5", {}, "Why"), pre(text.detail)) : null,
    text.text === null ? el("p", { class: "faint" }, "The run kept no text.") : el("div", {}, el("h5", {}, "Output"), pre(text.text)),
  );
}

function pairTexts(row, text) {
  if (!text) return el("p", { class: "faint" }, "The texts of this pair found no room on this page, or the run did not keep them.");
  const scores = text.scores[row.index];
  const side = (name, body, at, prompt) =>
    el("section", {}, el("h4", {}, scores ? `${name}: score ${figure(scores[at])}` : name),
      prompt ? el("div", {}, el("h5", {}, "Its prompt"), pre(prompt)) : null, pre(body));
  return el(
    "div",
    {},
    el("p", { class: "faint" }, words(text.relation)),
    el("h5", {}, "Prompt"),
    pre(text.prompt),
    el("div", { class: "two" }, side("Chosen", text.chosen, 0, null), side("Rejected", text.rejected, 1, text.rejected_prompt)),
  );
}

function problemsPart(column, row) {
  const found = unitsShown(column, row);
  const counts = tally(Array.from({ length: column.units }, (_, unit) => outcomesOf(column, row, unit)).flat());
  const what = column.isPairs ? "pair" : "problem";
  const filter = el("select", { id: "outcome", onchange: (event) => choose({ outcome: event.target.value, problem: "" }) });
  setOptions(filter, [["", "any"], ...counts.map(([name, n]) => [name, `${words(name)} (${n})`])], state.outcome);
  const more = found.length - shownProblems;
  const again = () => choose({ problem: "" });
  const moreButton = el("button", { type: "button", onclick: () => { shownProblems += PAGE; drawDetail(); } }, `Show more (${more} left)`);
  return el(
    "section",
    {},
    el("h3", {}, column.isPairs ? "Pairs" : "Problems"),
    el("p", { class: "row" }, el("label", {}, "Outcome ", filter), el("span", {}, `${plural(found.length, what)}, failures first.`),
      state.problem ? el("button", { type: "button", onclick: again }, `Only ${state.problem}: show all`) : null),
    el("div", { id: "problems" }, found.slice(0, shownProblems).map((one) => problemItem(column, row, one))),
    more > 0 ? moreButton : null,
  );
}

function chosenDetail() {
  const column = meta.columns.find((one) => one.label === state.on);
  const row = column?.rows.find((one) => one.name === state.model);
  return row ? { column, row } : null;
}

function drawDetail() {
  const dialog = byId("detail");
  const found = chosenDetail();
  if (!found) {
    if (dialog.open) dialog.close();
    return;
  }
  const { column, row } = found;
  const key = JSON.stringify([state.on, state.model, state.problem, state.outcome, shownProblems]);
  if (dialog.open && key === detailFor) return;
  detailFor = key;
  const others = meta.columns.filter((one) => one.rows.some(({ name }) => name === row.name));
  const select = el("select", { id: "on", onchange: (event) => choose({ on: event.target.value, problem: "", outcome: "" }) });
  setOptions(select, others.map((one) => [one.label, one.label]), column.label);
  byId("detail-title").textContent = row.name;
  byId("detail-body").replaceChildren(
    el("p", { class: "row" }, el("label", {}, "Benchmark ", select)),
    ...row.doubts.map(({ text }) => el("p", { class: "note doubt" }, text)),
    ...row.record.notes.map((note) => el("p", { class: "note" }, note)),
    column.units ? problemsPart(column, row) : "",
    el("section", {}, el("h3", {}, "Figures"), estimatesTable(column, row)),
    el("section", {}, el("h3", {}, "The run"), facts(column, row)),
  );
  if (!dialog.open) dialog.showModal();
}

function startDetail() {
  const dialog = byId("detail");
  byId("close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    const from = state.model;
    shownProblems = PAGE;
    detailFor = "";
    if (state.model) choose({ model: "", on: "", problem: "", outcome: "" });
    [...document.querySelectorAll("a.model")].find((one) => one.textContent === from)?.focus();
  });
}
