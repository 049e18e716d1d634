// The find box as a combobox over the list that htmx fetches: arrows move, Enter opens, Escape clears.

const box = document.querySelector("[data-find] input");
const list = document.getElementById("find-results");

const options = () => [...list.querySelectorAll("[role=option]")];
const current = () => list.querySelector("[aria-selected=true]");

function show(open) {
  list.hidden = !open;
  box.setAttribute("aria-expanded", String(open));
  if (!open) choose(null);
}

function choose(option) {
  current()?.setAttribute("aria-selected", "false");
  if (option) {
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    box.setAttribute("aria-activedescendant", option.id);
  } else {
    box.removeAttribute("aria-activedescendant");
  }
}

function move(step) {
  const all = options();
  if (!all.length) return;
  const at = all.indexOf(current());
  choose(all[(at + step + all.length + (at < 0 && step < 0 ? 1 : 0)) % all.length]);
}

const acts = {
  ArrowDown: () => move(1),
  ArrowUp: () => move(-1),
  Enter: (event) => {
    const chosen = current() ?? (options().length === 1 && !list.hidden ? options()[0] : null);
    if (chosen) chosen.click();
    else return; // no choice yet: the form itself goes to the full list
    event.preventDefault();
  },
  Escape: () => {
    if (list.hidden) box.value = "";
    show(false);
  },
};

if (box && list) {
  box.addEventListener("keydown", (event) => {
    const act = acts[event.key];
    if (!act || event.isComposing) return;
    if (event.key !== "Enter") event.preventDefault();
    act(event);
  });
  list.addEventListener("htmx:afterSwap", () => {
    choose(null); // what was chosen has left with the old list
    show(box.value.trim() !== "" && list.childElementCount > 0);
  });
  box.addEventListener("input", () => box.value.trim() === "" && show(false));
  box.addEventListener("focus", () => box.value.trim() && list.childElementCount && show(true));
  box.closest("form").addEventListener("focusout", (event) => {
    if (!box.closest("form").contains(event.relatedTarget)) show(false);
  });
}
