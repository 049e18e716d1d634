// A button with data-copy="id" copies what that field holds and says so in its own label (data-done).

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copy);
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    // Without https there is no clipboard; the selected text can still be copied by the older way.
    if (!document.execCommand("copy")) return;
  }
  const label = button.querySelector("span");
  label.setAttribute("role", "status");
  label.textContent = button.dataset.done;
});
