// What can be taken along: the table and the comparison as CSV, and the table to paste.

const CSV_HEAD = ["benchmark", "kind", "metric", "part", "from", "to", "rank", "model", "score", "low", "high",
  "interval", "n", "problems", "covered", "of", "harness_errors", "complete", "exposed", "size_b", "released", "cutoff"];

/** One line a model and benchmark: what the table shows, in full precision. Missing is empty. */
function csvRows() {
  const column = chosenColumn();
  const shown = column ? [column] : shownColumns();
  const rows = shown.flatMap((one) => {
    const view = viewOf(one);
    return sortedLines(one, view).map((line) => csvRow(one, view, line));
  });
  return [CSV_HEAD, ...rows];
}

function csvRow(column, view, line) {
  const { score: one, row, coverage: covered } = line;
  return [
    column.label, column.kind, view.metric, view.part, view.from, view.to, line.rank, row.name,
    one?.value, one?.low, one?.high, one?.method, one?.n, one?.clusters, covered.have, covered.of,
    covered.harness, row.record.complete, line.exposed, row.info.size_b, row.info.released, row.info.cutoff,
  ];
}

function saveTable() {
  save(fileName(chosenColumn()?.label ?? ""), csv(csvRows()));
}

function saveComparison() {
  const [a, b] = chosenTwo();
  const rows = comparisons(a, b).flatMap((one) =>
    one.paired.places.map((place, i) => [
      one.column.label, one.view.metric, a, b, one.column.problems[place], one.paired.sums[i], one.paired.counts[i],
    ]),
  );
  const heading = ["benchmark", "metric", "a", "b", "problem", "a_minus_b_summed", "count"];
  save(fileName(a, "against", b), csv([heading, ...rows]));
}

const shownTables = () => [...document.querySelectorAll("table.scores")];

function startSaving() {
  byId("csv").addEventListener("click", saveTable);
  byId("copy-markdown").addEventListener("click", () => copy(markdown(shownTables()), "The table as Markdown"));
  byId("copy-tabs").addEventListener("click", () => copy(tabbed(shownTables()), "The table, tab-separated,"));
  byId("link").addEventListener("click", () => copy(location.href, "A link to this view"));
}
