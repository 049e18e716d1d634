// Single keys. A page marks what a key does: data-key="n" on a link, button or field. Within a list the marked
// things of the line that has the focus come first (data-row, data-open). Never while somebody types.

const SWITCH = "ginti-keys";

const typing = (target) => target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
const shown = (element) => element.checkVisibility?.() ?? true;
const marked = (root, key) => [...(root?.querySelectorAll(`[data-key="${CSS.escape(key)}"]`) ?? [])].filter(shown);
const rows = () => [...document.querySelectorAll("[data-row]")].filter(shown);

let off = false;
try {
  off = localStorage.getItem(SWITCH) === "off";
} catch {
  // A browser that keeps nothing leaves the keys on.
}

function step(by) {
  const all = rows();
  if (!all.length) return false;
  const at = all.indexOf(document.activeElement.closest("[data-row]"));
  const next = at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1);
  all[next].focus();
  all[next].scrollIntoView({ block: "nearest" });
  return true;
}

// The line with the focus first, then the page, then the bars around it; never the line of somebody else.
function press(key) {
  const row = document.activeElement.closest("[data-row]");
  const page = [...marked(document.querySelector("main"), key), ...marked(document, key)];
  const target = marked(row, key)[0] ?? page.find((element) => !element.closest("[data-row]"));
  if (!target) return false;
  if (target.matches("input, select, textarea")) {
    target.focus();
    target.select?.();
  } else {
    if (target.matches("summary")) target.focus(); // its sheet is gone through from here, and closes when one leaves it
    target.click();
  }
  return true;
}

function act(key, focused) {
  if (key === "j" || key === "k") return step(key === "j" ? 1 : -1);
  if ((key === "ArrowDown" || key === "ArrowUp") && focused.closest("[data-row]")) return step(key === "ArrowDown" ? 1 : -1);
  if (key === "Enter" && focused.matches("[data-row]")) return focused.querySelector("[data-open]")?.click() ?? true;
  if (key === "?") return document.getElementById("keys")?.showModal() ?? true;
  return key.length === 1 && press(key);
}

document.addEventListener("keydown", (event) => {
  if (off || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (typing(event.target) || document.querySelector("dialog[open]")) return;
  if (act(event.key, document.activeElement)) event.preventDefault();
});

const box = document.querySelector("[data-keys-switch]");
if (box) {
  box.checked = !off;
  box.addEventListener("change", () => {
    off = !box.checked;
    try {
      localStorage.setItem(SWITCH, off ? "off" : "on");
    } catch {
      // It then holds for this page only.
    }
  });
}
