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

/** Calls `then` with the value of a control whenever its reader changes it. */
const onChange = (id, then, event = "change") => byId(id).addEventListener(event, ({ target }) => then(target.value));

const NONE = "–";
const percent = (value, digits = 1) => `${(100 * value).toFixed(digits)}`;
const shareText = (value) => `${percent(value)}%`;
const signed = (value) => `${value < 0 ? "−" : "+"}${percent(Math.abs(value))}`;
const figure = (value) => Number(value.toPrecision(4)).toString();

const intervalText = ({ low, high }, show = percent) =>
  low === null || high === null ? "no interval" : `${show(low)} to ${show(high)}`;

const pText = (p) => (p < 0.001 ? "< 0.001" : p.toFixed(3));
const words = (name) => name.replaceAll("_", " ");
const thousands = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ",");
const plural = (n, one, many = `${one}s`) => `${thousands(n)} ${n === 1 ? one : many}`;
const shortened = (name, most) => (name.length > most ? `${name.slice(0, most - 1)}…` : name);

/** How often each value is in a list, the commonest first. */
function tally(values) {
  const counts = new Map();
  for (const one of values) counts.set(one, (counts.get(one) ?? 0) + 1);
  return [...counts].sort((x, y) => y[1] - x[1]);
}

/** A select's options; keeps what is chosen. */
function setOptions(select, options, chosen) {
  select.replaceChildren(
    ...options.map(([value, text]) => el("option", { value, selected: value === chosen }, text)),
  );
  select.value = chosen;
}

/** A part of the page that scrolls sideways by itself, from the keyboard too. */
const scrolling = (label, ...children) =>
  el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label }, ...children);

/** Say something to those who don't see the page change. */
function announce(text) {
  byId("said").textContent = text;
}
