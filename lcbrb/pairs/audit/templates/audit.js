// The audit's plots. Every number that they show stands in a table, which Python makes.

const RIGHT = INNER.x + INNER.w;
const BASE = INNER.y + INNER.h;

/** Places of so many rows, from the top. */
const rowsOf = (count) => (row) => INNER.y + ((row + 0.5) * INNER.h) / count;

const ROWS = { x: 150, end: WIDE - 24 }; // where plots of rows lie, right of the rows' names

/** Shares across, with a light line at each tick. */
function acrossAxis([low, high], x, label) {
  const ticks = [];
  for (let tenth = Math.round(low * 10); tenth <= Math.round(high * 10); tenth += 1) ticks.push(tenth / 10);
  return [
    ...ticks.flatMap((one) => [
      svg("line", { x1: x(one), x2: x(one), y1: INNER.y, y2: BASE, class: "grid" }),
      svg("text", { x: x(one).toFixed(1), y: BASE + 15, class: "tick-text middle" }, `${Math.round(100 * one)}%`),
    ]),
    svg("line", { x1: ROWS.x, x2: ROWS.end, y1: BASE, y2: BASE, class: "axis" }),
    svg("text", { x: (ROWS.x + ROWS.end) / 2, y: BASE + 33, class: "tick-text middle" }, label),
  ];
}

const nameAt = (y, name) => svg("text", { x: ROWS.x - 12, y, class: "name end" }, shortened(name, 22));

function reachFigure(shortcuts) {
  if (!shortcuts.length) return null;
  const ends = shortcuts.flatMap(({ accuracy: { value, low, high } }) => [value, low ?? value, high ?? value]);
  const range = [Math.floor(10 * Math.min(0.4, ...ends)) / 10, Math.ceil(10 * Math.max(0.7, ...ends)) / 10];
  const x = scale(...range, ROWS.x, ROWS.end);
  const y = rowsOf(shortcuts.length);
  const marks = [
    ...acrossAxis(range, x, "accuracy"),
    svg("line", { x1: x(0.5), x2: x(0.5), y1: INNER.y, y2: BASE, class: "chance" }),
    ...shortcuts.flatMap(({ name, accuracy: { value, low, high }, limit }, row) => [
      low === null ? null : svg("line", { x1: x(low), x2: x(high), y1: y(row), y2: y(row), class: "error series-0" }),
      limit === null ? null : svg("line", { x1: x(limit), x2: x(limit), y1: y(row) - 8, y2: y(row) + 8, class: "limit" }),
      marker(0, x(value), y(row)),
      nameAt(y(row), name),
    ]).filter(Boolean),
  ];
  const told = shortcuts.map(({ name, accuracy }) => `${name}: ${shareText(accuracy.value)}`).join(", ");
  return plot("What rankers reach that read no reasoning", "With 95% intervals over problems. Dashed: chance. Short lines: limits.", marks, told);
}

/** Bars that stand on the axis; each is a place, a width, a count. */
function bars(found, label) {
  const most = 2 * Math.ceil(Math.max(1, ...found.map(([, , count]) => count)) / 2);
  const y = scale(0, most, BASE, INNER.y);
  const ticks = [0, 0.5, 1].map((part) => [y(part * most), thousands(Math.round(part * most))]);
  return [
    ...gridLines(ticks, label),
    ...found.map(([left, width, count]) =>
      svg("rect", { x: left.toFixed(1), y: y(count).toFixed(1), width: Math.max(0.5, width - 1).toFixed(1), height: (BASE - y(count)).toFixed(1), class: "mark series-0" })),
  ];
}

function ratioFigure(ratios) {
  const x = scale(ratios[0][0], ratios.at(-1)[1], INNER.x, RIGHT);
  const names = ["⅛ and less", "¼", "½", "equal", "2 ×", "4 ×", "8 × and more"];
  const marks = [
    ...bars(ratios.map(([low, high, count]) => [x(low), x(high) - x(low), count]), "pairs"),
    svg("line", { x1: x(0), x2: x(0), y1: INNER.y, y2: BASE, class: "chance" }),
    ...xAxis(names.map((name, place) => [x(place - 3), name]), "length of the chosen side against the rejected one, characters"),
  ];
  const shorter = ratios.filter(([, high]) => high <= 0).reduce((sum, [, , count]) => sum + count, 0);
  const all = ratios.reduce((sum, [, , count]) => sum + count, 0);
  return plot("Length of the two sides", "Without a length bias the bars are alike on both sides of the dashed line.", marks,
    `${thousands(shorter)} of ${plural(all, "pair")} have a shorter chosen side`);
}

function formatFigure(features) {
  const x = scale(0, 1, ROWS.x, ROWS.end);
  const y = rowsOf(features.length);
  const marks = [
    ...acrossAxis([0, 1], x, "share of texts that have it"),
    ...features.flatMap(([name, chosen, rejected], row) => [
      svg("line", { x1: x(chosen), x2: x(rejected), y1: y(row), y2: y(row), class: "between" }),
      marker(0, x(chosen), y(row) - 4),
      marker(1, x(rejected), y(row) + 4),
      nameAt(y(row), name),
    ]),
  ];
  const told = features.map(([name, chosen, rejected]) => `${name}: ${shareText(chosen)} chosen, ${shareText(rejected)} rejected`).join("; ");
  return plot("Format of the two sides", "Round, above: chosen. Square, below: rejected.", marks, told);
}

/** A month's number, so that months without pairs have their place. */
const monthNumber = (text) => 12 * Number(text.slice(0, 4)) + Number(text.slice(5, 7)) - 1;

function dateFigure(months, cutoffs) {
  if (!months.length) return null;
  const first = monthNumber(months[0][0]);
  const last = monthNumber(months.at(-1)[0]) + 1;
  const x = scale(first, last, INNER.x, RIGHT);
  const every = Math.max(1, Math.ceil((last - first) / 6));
  const ticks = Array.from({ length: Math.ceil((last - first) / every) }, (_, i) => first + i * every);
  const inside = cutoffs.map(([name, date]) => [name, monthNumber(date) + (Number(date.slice(8)) - 1) / 31]).filter(([, at]) => at >= first && at <= last);
  const marks = [
    ...bars(months.map(([month, count]) => [x(monthNumber(month)), x(first + 1) - x(first), count]), "pairs"),
    ...xAxis(ticks.map((at) => [x(at + 0.5), `${Math.floor(at / 12)}-${String((at % 12) + 1).padStart(2, "0")}`]), "month of release"),
    ...inside.flatMap(([name, at], row) => [
      svg("line", { x1: x(at), x2: x(at), y1: INNER.y, y2: BASE, class: "cutoff" }),
      svg("text", { x: x(at) + 4, y: INNER.y + 8 + 14 * row, class: "tick-text" }, shortened(name, 24)),
    ]),
  ];
  return plot("When the problems were released", "Dashed: stated cut-offs.", marks, `${plural(months.length, "month")} from ${months[0][0]} to ${months.at(-1)[0]}`);
}

function draw() {
  byId("made").textContent = meta.made;
  const figures = [reachFigure(meta.shortcuts), ratioFigure(meta.ratios), formatFigure(meta.features), dateFigure(meta.months, meta.cutoffs)];
  byId("plots").replaceChildren(...figures.filter(Boolean));
  document.documentElement.dataset.ready = "yes";
}

startState(() => {});
draw();
