// Two models side by side: the paired difference, its interval and test, and where they differ.

const MOST_FLIPS = 40;

/** The models that can be compared: those of the chosen column, or all. */
function comparable() {
  const column = chosenColumn();
  const rows = (column ? [column] : shownColumns()).flatMap((one) => one.rows);
  return [...new Set(rows.map((row) => row.name))].sort((a, b) => a.localeCompare(b));
}

/** The two that are chosen; where none is, the two best of the table. */
function chosenTwo() {
  const names = comparable();
  const column = chosenColumn();
  const ordered = column
    ? sorted(lines(column, viewOf(column)), SORTS.score, false).map((line) => line.row.name)
    : shownKinds().flatMap((kind) => overview(kind).models.map((one) => one.info.name));
  const a = names.includes(state.a) ? state.a : ordered.find((name) => name !== state.b);
  const b = names.includes(state.b) ? state.b : ordered.find((name) => name !== a);
  return [a ?? names[0], b ?? names.find((name) => name !== a)];
}

/** Every column that both models have, with the difference on what both were asked. */
function comparisons(a, b) {
  const column = chosenColumn();
  const found = [];
  for (const one of column ? [column] : shownColumns()) {
    const [first, second] = [a, b].map((name) => one.rows.find((row) => row.name === name));
    if (!first || !second) continue;
    const view = viewOf(one);
    const paired = differences(one, first, second, view);
    if (!paired || !paired.sums.length) continue;
    const { sums, counts } = paired;
    const difference = adjustedDifference(sums, counts, sum(counts));
    const shared = sharedScores(one, first, second, view);
    found.push({ column: one, view, first, second, shared, paired, difference, p: signFlipP(sums) });
  }
  const adjusted = holm(found.map((one) => one.p));
  found.forEach((one, i) => {
    one.adjusted = adjusted[i];
  });
  return found;
}

/** The scores of two rows over what both have, whose difference is the one that is shown. */
function sharedScores(column, first, second, view) {
  const mask = maskOf(column, view);
  const observed = [first, second].map((row) => observe(column, row, view.metric).values);
  const both = mask.map((inside, u) => inside && observed.every((values) => !Number.isNaN(values[u])));
  return observed.map((values) => {
    const { sums, counts } = bySum(column, values, both);
    return sum(sums) / sum(counts);
  });
}

const verdict = ({ difference, adjusted }, a, b) => {
  if (adjusted >= meta.alpha) return "can't be told apart";
  return `${difference.value > 0 ? a : b} is better`;
};

function compareTable(found, a, b) {
  const rows = found.map((one) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, one.column.label),
      ...one.shared.map((value) => numberCell(valueText(one.column, value))),
      numberCell(signed(one.difference.value), "strong"),
      el("td", { class: "number", title: one.difference.method }, intervalText(one.difference, signed)),
      numberCell(thousands(one.paired.places.length)),
      numberCell(pText(one.adjusted)),
      el("td", {}, verdict(one, a, b)),
    ),
  );
  const p = found.length > 1 ? "p (Holm)" : "p";
  const heads = ["Benchmark", ...[a, b, "A − B, points", "95% interval", "Shared problems", p].map(numberHead), "Finding"];
  const caption = `${a} against ${b}, on the problems that both have`;
  return el("div", {}, scrolling("Comparison, table", table({ id: "comparison", caption, heads, rows })),
    el("p", { class: "faint" }, found.length > 1 ? meta.decision : meta.decision.replace("p (Holm)", "p")));
}

/** The problems on which one did better, the largest differences first. */
function flips(one, sign) {
  const { places, sums, counts } = one.paired;
  return places
    .map((place, i) => ({ place, by: (sign * sums[i]) / counts[i] }))
    .filter(({ by }) => by > ROUNDING)
    .sort((x, y) => y.by - x.by || x.place - y.place);
}

function flipList(one, winner, loser, sign) {
  const found = flips(one, sign);
  const buttons = found.slice(0, MOST_FLIPS).map(({ place, by }) => {
    const problem = one.column.problems[place];
    const extra = by < 1 ? ` +${percent(by, 0)}` : "";
    return el("li", {}, el(
      "button",
      { type: "button", class: "chip", title: `What ${loser} did with ${problem}`,
        onclick: () => choose({ model: loser, on: one.column.label, problem, outcome: "" }) },
      problem + extra,
    ));
  });
  const more = found.length - buttons.length;
  return el(
    "div",
    { class: "flips" },
    el("h3", {}, `Better: ${winner} (${plural(found.length, "problem")})`),
    el("ul", { class: "chips" }, buttons),
    more > 0 ? el("p", { class: "faint" }, `and ${more} more; the CSV of the comparison has all.`) : null,
  );
}

function drawCompare() {
  const names = comparable();
  byId("compare-section").hidden = names.length < 2;
  if (names.length < 2) return;
  const [a, b] = chosenTwo();
  for (const [id, chosen] of [["a", a], ["b", b]]) {
    setOptions(byId(id), names.map((name) => [name, name]), chosen);
  }
  const found = a === b ? [] : comparisons(a, b);
  const none = a === b ? "Choose two different models." : "Nothing to pair: the two share no problem, or this score is known from records only.";
  const column = chosenColumn();
  byId("compared").replaceChildren(
    found.length ? compareTable(found, a, b) : el("p", {}, none),
    ...(column && found.length ? [el("div", { class: "two" }, flipList(found[0], a, b, 1), flipList(found[0], b, a, -1))] : []),
  );
  byId("compare-csv").disabled = !found.length;
}

function startCompare() {
  for (const id of ["a", "b"]) {
    onChange(id, (name) => choose({ [id]: name }));
  }
  byId("swap").addEventListener("click", () => {
    const [a, b] = chosenTwo();
    choose({ a: b, b: a });
  });
  byId("compare-csv").addEventListener("click", saveComparison);
}
