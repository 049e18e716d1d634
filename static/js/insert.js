// A button with data-insert puts its words where somebody writes: into the field of its form that had the cursor last.

let last;

document.addEventListener("focusin", ({ target }) => {
  if (target.matches("textarea, input:not([type])") || target.type === "text") last = target;
});

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-insert]");
  if (!button) return;
  const field = button.form.contains(last) ? last : button.form.querySelector("textarea");
  field.setRangeText(button.dataset.insert, field.selectionStart, field.selectionEnd, "end");
  field.focus();
  field.dispatchEvent(new Event("input", { bubbles: true }));
});
