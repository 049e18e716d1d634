// A choice that only changes what is shown is sent as soon as it is made; its button is for those without scripts.

document.addEventListener("change", (event) => {
  const field = event.target.closest("[data-send-on-change]");
  if (field?.value || field?.matches("select")) field.form.requestSubmit();
});
