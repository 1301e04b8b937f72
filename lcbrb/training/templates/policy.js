// Trainings of policies over their steps, several on one plot. What is shown comes thinned from Python.

const FIRST = MARKERS; // so many runs are shown at first: each has a colour of its own

const shownRuns = () => {
  const chosen = state.runs ? state.runs.split(".").map(Number) : meta.runs.map((_, place) => place).slice(0, FIRST);
  return chosen.filter((place) => place in meta.runs).sort((a, b) => a - b);
};

function toggle(place) {
  const shown = new Set(shownRuns());
  if (shown.has(place)) shown.delete(place);
  else shown.add(place);
  if (shown.size) choose({ runs: [...shown].sort((a, b) => a - b).join(".") });
}

function drawRuns() {
  const box = byId("runs");
  box.hidden = meta.runs.length < 2;
  const shown = new Set(shownRuns());
  const focused = document.activeElement?.dataset?.run;
  const chips = meta.runs.map(({ name, alarm }, place) =>
    el("li", {},
      el("button", { type: "button", class: "chip", "aria-pressed": String(shown.has(place)), "data-run": place, onclick: () => toggle(place) },
        svg("svg", { viewBox: "0 0 12 12", "aria-hidden": "true" }, marker(place, 6, 6)),
        name, alarm && el("span", { class: "badge" }, `alarm: step ${thousands(alarm.step)}`))));
  box.querySelector("ul").replaceChildren(...chips);
  if (focused) box.querySelector(`[data-run="${CSS.escape(focused)}"]`)?.focus();
}

/** Where an alarm holds from, and where it was raised; in words on the plots that it compares, of one run. */
function alarmMarks(places, figure) {
  const named = places.length === 1 && meta.figures.indexOf(figure) < 2;
  return places.flatMap((place) => {
    const { alarm } = meta.runs[place];
    if (!alarm) return [];
    const line = (step, dashes, told) => {
      const x = atStep(step).toFixed(1);
      return svg("line", { x1: x, x2: x, y1: INNER.y, y2: INNER.y + INNER.h, class: `error series-${place % MARKERS}`, "stroke-dasharray": dashes },
        svg("title", {}, `${meta.runs[place].name}: ${told} at step ${thousands(step)}`));
    };
    const x = ((atStep(alarm.onset) + atStep(alarm.step)) / 2).toFixed(1);
    const text = `hacking since step ${thousands(alarm.onset)}, alarm at ${thousands(alarm.step)}`;
    return [
      line(alarm.onset, "2 3", "reward hacking begins"),
      line(alarm.step, "6 3", "alarm"),
      named ? svg("text", { x, y: INNER.y - 6, class: "tick-text middle alarm" }, text) : null,
    ];
  }).filter(Boolean);
}

const inRange = (line) => line.points.flatMap(([, ...values]) => values).filter((value) => value !== null);

function axes(figure, lines) {
  const values = lines.flatMap(inRange);
  return figure.shares ? shareAxis(values) : numberAxis(values);
}

function drawn(figure, title, lines, places) {
  const full = lines.filter(({ points }) => points.length);
  if (!full.length) return plot(title, "Nothing was recorded.", null, "");
  const [y, axis] = axes(figure, full);
  const place = (value) => (value === null ? null : y(value));
  const series = full.map(({ name, look, points }) => ({
    name,
    look,
    bare: points.length > MOST_MARKS,
    points: points.map(([step, value, low = null, high = null]) => [atStep(step), y(value), place(low), place(high)]),
  }));
  const marks = [...axis(figure.label), ...stepAxis(), ...alarmMarks(places, figure), ...linesOf(series), ...endNames(series)];
  const show = figure.shares ? shareText : tickText;
  return plot(title, figure.note, marks, full.map((line) => told(line, show)).join("; "));
}

const pointsOf = (run, figure, name) => (figure === meta.figures[0] ? run.held_out : run.lines[`${figure.title}/${name}`]);

/** One plot of one run's lines; of several runs, a plot for each line with the runs in it. */
function plotsOf(figure, places) {
  const lineOf = (place, name, label, look) => ({ name: label, look, points: pointsOf(meta.runs[place], figure, name) });
  if (meta.runs.length === 1) {
    return [drawn(figure, figure.title, figure.lines.map((name, at) => lineOf(0, name, name, at)), places)];
  }
  return figure.lines.map((name) =>
    drawn(figure, figure.lines.length > 1 ? `${figure.title}: ${name}` : figure.title,
      places.map((place) => lineOf(place, name, meta.runs[place].name, place)), places));
}

function draw(changes = null) {
  if (changes && !("runs" in changes)) return; // the colours alone
  drawRuns();
  const places = shownRuns();
  byId("curves").replaceChildren(...(meta.steps ? meta.figures.flatMap((figure) => plotsOf(figure, places)) : []));
  if (changes) announce(plural(places.length, "run") + " shown");
}

startState(draw);
byId("made").textContent = meta.made;
draw();
document.documentElement.dataset.ready = "yes";
