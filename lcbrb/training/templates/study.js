// The study's figures. What they show stands in tables, which Python makes.

const ROOM = 18; // right of the last place, so that marks don't touch the names
const FIGURES = {
  pass_at_1: "pass@1 on problems held out",
  soundness: "soundness of right answers",
  thinking: "thinking score",
  waved: "share of hand-waves",
  verbose: "filler words an item",
};

const across = (low, high) => scale(low, high, INNER.x + ROOM, INNER.x + INNER.w - ROOM);

/** An endpoint against the reward model's accuracy. */
function doseFigure({ endpoint, lines }) {
  const levels = [...new Set(lines.flatMap(({ points }) => points.map(([level]) => level)))].sort((a, b) => a - b);
  const at = across(levels[0], levels.at(-1));
  return lineChart({
    title: endpoint,
    note: "After training, with 95% intervals over seeds and problems. Level lines: conditions without an accuracy.",
    series: lines.map(({ name, points }) => ({ name, points: points.map(([level, one]) => [at(level), one]) })),
    ticks: levels.map((level) => [at(level), String(level)]),
    xLabel: "pairwise accuracy of the reward model before training, %",
    yLabel: endpoint,
    told: lines.map(({ name, points }) => `${name}: ${points.map(([level, one]) => `${shareText(one.value)} at ${level}`).join(", ")}`).join("; "),
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
  byId("dose").replaceChildren(...meta.dose.filter(({ lines }) => lines.length).map(doseFigure));
  byId("curves").replaceChildren(...meta.curves.map(curveFigure));
  document.documentElement.dataset.ready = "yes";
}

startState(() => {});
draw();
