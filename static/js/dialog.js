// data-dialog="id" opens a <dialog>, data-close closes it, a press beside it closes it; <details data-sheet> closes
// when one looks elsewhere. Focus goes back to where it came from: <dialog> does that by itself.

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.dialog);
    opener.closest("details[data-sheet]")?.removeAttribute("open");
    if (dialog && !dialog.open) {
      event.preventDefault();
      dialog.showModal();
    }
    return;
  }
  if (event.target.closest("[data-close]")) event.target.closest("dialog")?.close();
  else if (event.target instanceof HTMLDialogElement && outside(event.target, event)) event.target.close();
  closeSheets(event.target);
});

function outside(dialog, event) {
  const box = dialog.getBoundingClientRect();
  const pressed = event.clientX || event.clientY; // a key press on a button inside has no place
  const within = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
  return pressed && !within;
}

function closeSheets(target) {
  for (const sheet of document.querySelectorAll("details[data-sheet][open]")) {
    if (!sheet.contains(target)) sheet.open = false;
  }
}

document.addEventListener("focusin", (event) => closeSheets(event.target));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const sheet = document.querySelector("details[data-sheet][open]");
  if (!sheet) return;
  sheet.open = false;
  sheet.querySelector("summary").focus();
});
