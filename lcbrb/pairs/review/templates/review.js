// Shortcuts: a key presses the control that names it. Everything works without this script.
"use strict";

const toggle = document.getElementById("shortcuts");
const REMEMBERED = "lcbrb-review-shortcuts";

function remembered() {
  try {
    return localStorage.getItem(REMEMBERED) !== "off";
  } catch {
    return true; // a browser that keeps nothing
  }
}

if (toggle) {
  toggle.checked = remembered();
  toggle.closest("label").hidden = false;
  toggle.addEventListener("change", () => {
    try {
      localStorage.setItem(REMEMBERED, toggle.checked ? "on" : "off");
    } catch {
      // then it holds for this page alone
    }
  });
}

const isTyped = (element) => element.matches("input:not([type=checkbox]), textarea, select");

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing) return;
  const at = document.activeElement;
  if (at && isTyped(at)) {
    if (event.key === "Escape") at.blur();
    return;
  }
  if (toggle && !toggle.checked) return;
  if (event.key === "Enter" && at && at.matches("a, button, summary, input")) return;
  const wanted = [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key === event.key);
  if (!wanted || wanted.hidden) return;
  event.preventDefault();
  if (isTyped(wanted)) wanted.focus();
  else wanted.click();
});

// one preference for one press: a second press while the first is on its way is dropped
for (const form of document.forms) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
}
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent; // back from another page
});
