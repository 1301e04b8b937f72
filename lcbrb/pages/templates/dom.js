// Elements. Text goes in as text: no string is ever read as markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

const el = (tag, attributes = {}, ...children) =>
  fill(document.createElement(tag), attributes, children);
const svg = (tag, attributes = {}, ...children) =>
  fill(document.createElementNS(SVG, tag), attributes, children);
const byId = (id) => document.getElementById(id);
const hidden = (text) => el("span", { class: "hidden" }, text);

const NONE = "–";
const percent = (value, digits = 1) => `${(100 * value).toFixed(digits)}`;
const shareText = (value) => `${percent(value)}%`;
const signed = (value) => `${value < 0 ? "−" : "+"}${percent(Math.abs(value))}`;
const figure = (value) => Number(value.toPrecision(4)).toString();

/** A score as text: per cent, or the plain figure where the metric is no share. */
const valueText = (column, value) => (column.kind === "figures" ? figure(value) : shareText(value));

function intervalText(column, one, show = percent) {
  if (one.low === null || one.high === null) return "no interval";
  if (column?.kind === "figures") return `${figure(one.low)} to ${figure(one.high)}`;
  return `${show(one.low)} to ${show(one.high)}`;
}

const pText = (p) => (p < 0.001 ? "< 0.001" : p.toFixed(3));
const sizeText = (size) => (size < 1 ? `${figure(1000 * size)}M` : `${figure(size)}B`);
const words = (name) => name.replaceAll("_", " ");
const thousands = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ",");
const plural = (n, one, many = `${one}s`) => `${thousands(n)} ${n === 1 ? one : many}`;

/** A select's options; keeps what is chosen. */
function setOptions(select, options, chosen) {
  select.replaceChildren(
    ...options.map(([value, text]) => el("option", { value, selected: value === chosen }, text)),
  );
  select.value = chosen;
}

/** Say something to those who don't see the page change. */
function announce(text) {
  byId("said").textContent = text;
}
