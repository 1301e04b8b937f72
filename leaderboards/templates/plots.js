// The plots: score against size or date, accuracy by length gap, pass@k.

/** Score against size (logarithmic) or release date; models without either are left out, counted. */
function scatter(column, view) {
  const byDate = state.axis === "released";
  const xOf = ({ info }) => {
    if (byDate) return info.released ? Date.parse(info.released) : null;
    return info.size_b === null ? null : Math.log10(info.size_b);
  };
  const all = lines(column, view).filter((line) => line.score);
  if (!all.some(({ row }) => row.info.released || row.info.size_b !== null)) return null;
  const found = all.filter((line) => xOf(line.row) !== null);
  const choice = el(
    "label",
    { class: "inline" },
    "Across: ",
    el("select", { id: "axis", onchange: (event) => choose({ axis: event.target.value }) },
      el("option", { value: "size", selected: !byDate }, "size"),
      el("option", { value: "released", selected: byDate }, "release date")),
  );
  const what = byDate ? "release date" : "size";
  const title = `Score against ${what}`;
  if (!found.length) return plot(title, `No ${what} is known of any model here.`, null, "", choice);
  const xs = found.map((line) => xOf(line.row));
  const inner = WHOLE_WIDTH;
  const pad = (Math.max(...xs) - Math.min(...xs)) * 0.06 || (byDate ? 4e9 : 0.3);
  const [from, to] = [Math.min(...xs) - pad, Math.max(...xs) + pad];
  const x = scale(from, to, inner.x, inner.x + inner.w);
  const range = shareRange(found.map((line) => line.score));
  const y = scale(...range, inner.y + inner.h, inner.y);
  const ticks = apart(byDate ? dateTicks(from, to, x) : sizeTicks(from, to, x));
  const marks = [
    ...yAxis(range, y, view.metric, inner),
    ...xAxis(ticks, byDate ? "released" : "parameters, logarithmic", inner),
  ];
  const placed = [];
  for (const line of found) marks.push(...scatterMark(line, x(xOf(line.row)), y, placed));
  const left = all.length - found.length;
  const note = left ? `${plural(left, "model")} of unknown ${what} left out.` : "Bars are 95% intervals.";
  return plot(title, note, marks, `${title} of ${plural(found.length, "model")}; the table holds the values.`, choice);
}

function scatterMark(line, at, y, placed) {
  const one = line.score;
  const marks = [];
  if (one.low !== null) {
    marks.push(svg("line", { x1: at, x2: at, y1: y(one.low), y2: y(one.high), class: "error series-0" }));
  }
  const told = `${line.row.name}: ${shareText(one.value)}`;
  marks.push(svg("circle", { cx: at, cy: y(one.value), r: 5, class: "mark series-0" }, svg("title", {}, told)));
  const name = shortened(line.row.name, 24);
  const width = name.length * 6.4;
  const fits = at + 8 + width <= WIDE; // else it stands on the other side of its mark
  const box = { x: fits ? at + 8 : at - 8 - width, y: y(one.value), w: width };
  const clear = placed.every((p) => Math.abs(p.y - box.y) > 12 || box.x > p.x + p.w || p.x > box.x + box.w);
  if (clear) {
    placed.push(box);
    marks.push(svg("text", { x: box.x, y: box.y, class: "name" }, name));
  }
  return marks;
}

const TICK_WIDTH = 44;

/** Ticks as they stand, those left out that would come too near to the one before. */
function apart(ticks) {
  const kept = [];
  for (const tick of ticks) {
    if (!kept.length || tick[0] - kept.at(-1)[0] >= TICK_WIDTH) kept.push(tick);
  }
  return kept;
}

/** 1, 2 and 5 of each power of ten, as far as they are in view. */
function sizeTicks(from, to, x) {
  const sizes = [];
  for (let power = Math.floor(from); power <= Math.ceil(to); power += 1) {
    for (const digit of [1, 2, 5]) sizes.push(digit * 10 ** power);
  }
  return sizes
    .filter((size) => Math.log10(size) >= from && Math.log10(size) <= to)
    .map((size) => [x(Math.log10(size)), sizeText(size)]);
}

/** The first of each month, or of each few months, in view. */
function dateTicks(from, to, x) {
  const [first, last] = [new Date(from), new Date(to)];
  const months = (last.getUTCFullYear() - first.getUTCFullYear()) * 12 + last.getUTCMonth() - first.getUTCMonth();
  const step = [1, 2, 3, 6, 12, 24].find((one) => months / one <= MOST_STEPS) ?? 60;
  const begin = Math.ceil(first.getUTCMonth() / step) * step;
  const ticks = [];
  for (let month = begin; Date.UTC(first.getUTCFullYear(), month) <= to; month += step) {
    const day = Date.UTC(first.getUTCFullYear(), month);
    if (day >= from) ticks.push([x(day), new Date(day).toISOString().slice(0, 7)]);
  }
  return ticks;
}

const MOST_LINES = 8;

/** The rows that lines are drawn of: the best, at most eight. */
const best = (column, view) =>
  sorted(lines(column, view).filter((line) => line.score), SORTS.score, false).slice(0, MOST_LINES);

const leftOut = (column) =>
  column.rows.length > MOST_LINES ? ` The best ${MOST_LINES} that the filters let through.` : "";

/** pass@k of the rows with several samples a problem. */
function passCurves(column, view) {
  const several = best(column, { ...view, metric: "pass@1" }).filter(({ row }) => fewestSamples(column, row) > 1);
  if (column.kind !== "policy" || !several.length) return null;
  const most = Math.max(...several.map(({ row }) => fewestSamples(column, row)));
  const ks = [...[1, 2, 3, 5, 10, 20, 50, 100, 200].filter((k) => k < most), most];
  const x = scale(0, Math.log(ks.at(-1)) || 1, INNER.x + 14, INNER.x + INNER.w - 10);
  const series = several.map(({ row }) => ({
    name: row.name,
    points: ks
      .map((k) => [x(Math.log(k)), score(column, row, { ...view, metric: `pass@${k}` })])
      .filter(([, one]) => one),
  }));
  return lineChart({
    title: "pass@k",
    note: `Unbiased estimate over problems; bars are 95% intervals.${leftOut(column)}`,
    series,
    ticks: ks.map((k) => [x(Math.log(k)), String(k)]),
    xLabel: "k, logarithmic",
    yLabel: "pass@k",
    told: `pass at k of ${plural(series.length, "model")} for k up to ${most}.`,
  });
}

/** Accuracy by how much longer the chosen side is: from the pairs, else the record's three parts. */
function gapCurves(column, view) {
  if (!column.isPairs) return null;
  const known = column.pairs.gap.some((gap) => gap !== null);
  const names = known ? meta.gaps : ["chosen shorter", "equal", "chosen longer"];
  const x = scale(0, names.length - 1, INNER.x + 24, INNER.x + INNER.w - 24);
  const series = best(column, view)
    .map(({ row }) => ({ name: row.name, points: names.map((name, gap) => [x(gap), gapScore(column, row, view, known, name, gap)]).filter(([, one]) => one) }))
    .filter(({ points }) => points.length);
  if (!series.length) return null;
  const ticks = known ? ["< −30%", "−30…−5", "−5…0", "0", "0…5", "5…30", "> 30%"] : names;
  return lineChart({
    title: "Accuracy by length gap",
    note: `How much longer the chosen side is, of the longer one. A model that follows length climbs.${leftOut(column)}`,
    series,
    ticks: ticks.map((text, gap) => [x(gap), text]),
    xLabel: "length of chosen against rejected",
    yLabel: "accuracy",
    told: `Accuracy of ${plural(series.length, "reward model")} by length gap, from chosen shorter to chosen longer.`,
  });
}

function gapScore(column, row, view, known, name, gap) {
  if (!known) return score(column, row, { ...view, part: `length=${name}` });
  const { values } = observe(column, row, "accuracy");
  const mask = Uint8Array.from(maskOf(column, view) ?? new Uint8Array(column.units).fill(1));
  column.pairs.gap.forEach((one, u) => {
    if (one !== gap) mask[u] = 0;
  });
  const { sums, counts } = bySum(column, values, mask);
  return sums.length ? clusteredWilson(sums, counts, sum(counts)) : null;
}

function drawPlots() {
  const column = chosenColumn();
  const figures = column && column.kind !== "figures" ? [scatter, gapCurves, passCurves] : [];
  const drawn = figures.map((draw) => draw(column, viewOf(column))).filter(Boolean);
  const focused = document.activeElement?.id === "axis";
  byId("plots").replaceChildren(...drawn);
  byId("plots-section").hidden = !drawn.length;
  if (focused) byId("axis")?.focus();
}
