// A box to sign in, with a finger, a pen or the mouse: the strokes become the path of an SVG in a hidden input.
// Without JavaScript the box stays hidden; whoever works by keyboard types the name instead.

const WIDTH = 400;
const HEIGHT = 120;
const LONGEST = 20_000;
// In the units of the box: finer than this no eye sees, and the path stays short.
const STEP = 1.5;

const bounded = (value, most) => Math.min(Math.max(value, 0), most).toFixed(1).replace(/\.0$/, "");

function start(pad) {
  const [box, stroke, input, clear] = ["svg", "path", "input", "button"].map((name) => pad.querySelector(name));
  let last = null;

  const show = () => {
    stroke.setAttribute("d", input.value);
    clear.disabled = input.value === "";
  };
  const point = ({ clientX, clientY }) => {
    const { left, top, width, height } = box.getBoundingClientRect();
    return [((clientX - left) * WIDTH) / width, ((clientY - top) * HEIGHT) / height];
  };
  const add = (command, at) => {
    const next = `${input.value}${command}${bounded(at[0], WIDTH)} ${bounded(at[1], HEIGHT)}`;
    if (next.length > LONGEST) return;
    input.value = next;
    last = at;
    show();
  };

  box.addEventListener("pointerdown", (event) => {
    if (!event.isPrimary || event.button !== 0) return;
    event.preventDefault();
    box.setPointerCapture(event.pointerId);
    add("M", point(event));
  });
  box.addEventListener("pointermove", (event) => {
    if (!last || !event.isPrimary) return;
    for (const each of event.getCoalescedEvents?.() ?? [event]) {
      const at = point(each);
      if (Math.hypot(at[0] - last[0], at[1] - last[1]) >= STEP) add("L", at);
    }
  });
  for (const end of ["pointerup", "pointercancel"]) {
    box.addEventListener(end, () => {
      last = null;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
  clear.addEventListener("click", () => {
    input.value = "";
    show();
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });

  pad.dataset.started = "";
  pad.hidden = false;
  show();
}

const startAll = (within) => within.querySelectorAll("[data-signature]:not([data-started])").forEach(start);

startAll(document);
document.addEventListener("htmx:load", ({ detail }) => startAll(detail.elt));
