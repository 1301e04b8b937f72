// The window of release dates: two native sliders over one track, a month a step.

/** The months from a column's first problem to its last, each with its number of problems. */
const monthsOf = ofColumn("months", (column) => {
  const counts = new Map(tally(column.released.filter(Boolean).map((day) => day.slice(0, 7))));
  const ends = [...counts.keys()].sort();
  const months = [];
  for (let month = ends[0]; month && month <= ends.at(-1); month = nextMonth(month)) {
    months.push({ month, count: counts.get(month) ?? 0 });
  }
  return months;
});

function nextMonth(month) {
  const [year, number] = month.split("-").map(Number);
  return number === 12 ? `${year + 1}-01` : `${year}-${String(number + 1).padStart(2, "0")}`;
}

const NAMES = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const monthText = (month) => `${NAMES[Number(month.slice(5)) - 1]} ${month.slice(0, 4)}`;

/** The places of the window's ends among the months; an end that is not there is the column's. */
function windowEnds(months) {
  const place = (month, otherwise) => {
    const found = months.findIndex((one) => one.month === month);
    return found < 0 ? otherwise : found;
  };
  const low = place(state.from, 0);
  const high = place(state.to, months.length - 1);
  return low <= high ? [low, high] : [high, low];
}

function histogram(months, low, high) {
  const most = Math.max(...months.map((one) => one.count), 1);
  const width = 100 / months.length;
  const bars = months.map(({ count }, i) =>
    svg("rect", {
      x: (i * width).toFixed(2),
      width: (width * 0.85).toFixed(2),
      y: (30 - (28 * count) / most).toFixed(2),
      height: ((28 * count) / most).toFixed(2),
      class: i >= low && i <= high ? "in" : "out",
    }),
  );
  const box = { viewBox: "0 0 100 30", preserveAspectRatio: "none", "aria-hidden": "true" };
  return svg("svg", { class: "months", ...box }, bars);
}

function drawSlider() {
  const column = chosenColumn();
  const months = column && column.released.length ? monthsOf(column) : [];
  byId("window").hidden = months.length < 2;
  if (months.length < 2) return;
  const [low, high] = windowEnds(months);
  for (const [id, value] of [["from", low], ["to", high]]) {
    const input = byId(id);
    input.max = months.length - 1;
    input.value = value;
    input.setAttribute("aria-valuetext", monthText(months[value].month));
  }
  byId("months").replaceChildren(histogram(months, low, high));
  const inside = months.slice(low, high + 1).reduce((total, one) => total + one.count, 0);
  const few = inside < 100 ? " Fewer than 100 problems: intervals are wide." : "";
  byId("window-text").textContent =
    `${monthText(months[low].month)} to ${monthText(months[high].month)}: ${plural(inside, "problem")} ` +
    `of ${column.released.filter(Boolean).length}.${few}`;
  byId("whole").disabled = low === 0 && high === months.length - 1;
}

/** A handle moved: it stops at the other one. */
function moveHandle(event) {
  const months = monthsOf(chosenColumn());
  let [low, high] = windowEnds(months);
  const place = Number(event.target.value);
  if (event.target.id === "from") low = Math.min(place, high);
  else high = Math.max(place, low);
  choose({
    from: low === 0 ? "" : months[low].month,
    to: high === months.length - 1 ? "" : months[high].month,
  });
}

function startSlider() {
  for (const id of ["from", "to"]) byId(id).addEventListener("input", moveHandle);
  byId("whole").addEventListener("click", () => choose({ from: "", to: "" }));
  byId("hide").addEventListener("change", (event) => choose({ hide: event.target.checked ? "1" : "" }));
}
