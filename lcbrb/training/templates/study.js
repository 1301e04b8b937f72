// The study's figures. What they show stands in tables, which Python makes.

const ROOM = 18; // right of the last place, so that marks don't touch the names
const FIGURES = {
  pass_at_1: "pass@1 on problems held out",
  soundness: "soundness of right answers",
  thinking: "thinking score",
  waved: "share of hand-waves",
  verbose: "filler words an item",
  all_correct: "groups that are all right",
  without_gradient: "groups without a gradient",
  spread_all_correct: "spread of advantages in all-right groups",
  gate_rate: "share of replies whose reasoning is paid",
};

const across = (low, high) => scale(low, high, INNER.x + ROOM, INNER.x + INNER.w - ROOM);

/** Points from about the lowest to the highest bound, 0 among them, some six. */
function pointTicks(bounds) {
  const [low, high] = [Math.min(0, ...bounds), Math.max(0, ...bounds)];
  const step = [0.01, 0.02, 0.05, 0.1, 0.2].find((one) => (high - low) / one <= 6) ?? 0.5;
  const first = Math.floor(low / step - 1e-9);
  const last = Math.max(Math.ceil(high / step + 1e-9), first + 1);
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
}

const ACCURACIES = [50, 60, 70, 80, 90, 100];

/** What conditions have over `outcome`, in points, against the reward model's accuracy. */
function gainFigure({ endpoint, lines }) {
  const at = across(...endsOf(lines));
  const ticks = pointTicks(lines.flatMap(({ points }) => points.flatMap(([, one]) => [one.low ?? one.value, one.high ?? one.value])));
  const y = scale(ticks[0], ticks.at(-1), INNER.y + INNER.h, INNER.y);
  const place = (value) => (value === null ? null : y(value));
  const series = lines.map(({ name, points }, number) => ({
    name,
    points: points.map(([level, one]) => [at(level) + 4 * (number - 1), y(one.value), place(one.low), place(one.high)]),
  }));
  const zero = svg("line", { x1: INNER.x, x2: INNER.x + INNER.w, y1: y(0), y2: y(0), class: "axis" });
  const marks = [
    ...gridLines(ticks.map((tick) => [y(tick), `${tick > 0 ? "+" : ""}${Math.round(100 * tick)}`]), "points over outcome"),
    zero,
    ...xAxis(ACCURACIES.map((level) => [at(level), String(level)]), "pairwise accuracy of the reward model before training, %"),
    ...linesOf(series),
    ...endNames(series),
  ];
  const told = lines.map(({ name, points }) => `${name}: ${points.map(([level, one]) => `${signed(one.value)} points at ${Number(level.toFixed(1))}`).join(", ")}`).join("; ");
  return plot(`Gain in ${endpoint}`, "Over outcome alone, within seeds, with 95% intervals over seeds and problems. Level line: the placebo.", marks, told);
}

/** From where to where an axis of accuracies goes: 50 to 100, and what lies outside. */
function endsOf(lines) {
  const levels = lines.flatMap(({ points }) => points.map(([level]) => level));
  return [Math.min(50, ...levels), Math.max(100, ...levels)];
}

/** An endpoint against the reward model's accuracy. */
function doseFigure({ endpoint, lines }) {
  const at = across(...endsOf(lines));
  return lineChart({
    title: endpoint,
    note: "After training, with 95% intervals over seeds and problems. Level lines: conditions without an accuracy.",
    series: lines.map(({ name, points }) => ({ name, points: points.map(([level, one]) => [at(level), one]) })),
    ticks: ACCURACIES.map((level) => [at(level), String(level)]),
    xLabel: "pairwise accuracy of the reward model before training, %",
    yLabel: endpoint,
    told: lines.map(({ name, points }) => `${name}: ${points.map(([level, one]) => `${shareText(one.value)} at ${Number(level.toFixed(1))}`).join(", ")}`).join("; "),
  });
}

/** A figure over the steps of training, the mean over seeds. */
function curveFigure({ title, figure: name, lines }) {
  const steps = [...new Set(lines.flatMap(({ points }) => points.map(([step]) => step)))].sort((a, b) => a - b);
  const at = across(steps[0], steps.at(-1));
  const bare = (value) => ({ value, low: null, high: null });
  return lineChart({
    title: `${FIGURES[name]}, ${title}`,
    note: "Means over seeds, without intervals.",
    series: lines.map((line) => ({ name: line.name, points: line.points.map(([step, value]) => [at(step), bare(value)]) })),
    ticks: steps.map((step) => [at(step), thousands(step)]),
    xLabel: "step",
    yLabel: FIGURES[name],
    told: lines.map((line) => `${line.name}: ${shareText(line.points[0][1])} to ${shareText(line.points.at(-1)[1])}`).join("; "),
  });
}

function draw() {
  byId("made").textContent = meta.made;
  byId("gains").replaceChildren(...meta.gains.filter(({ lines }) => lines.length).map(gainFigure));
  byId("dose").replaceChildren(...meta.dose.filter(({ lines }) => lines.length).map(doseFigure));
  byId("curves").replaceChildren(...meta.curves.map(curveFigure));
  document.documentElement.dataset.ready = "yes";
}

startState(() => {});
draw();
