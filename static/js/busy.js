// A form that is on its way cannot be sent again; its button says so. The hidden key makes a second press harmless
// anyway, this only keeps people from wondering.

const GIVE_UP_AFTER = 20_000;

const buttonOf = (form, submitter) => submitter ?? form.querySelector("button:not([type=button]), input[type=submit]");

function hold(form, submitter) {
  form.dataset.busy = "";
  const button = buttonOf(form, submitter);
  // After this turn of the loop, or the browser would leave the button's own name and value out of what it sends.
  setTimeout(() => button?.setAttribute("aria-busy", "true"));
  form.dataset.timer = setTimeout(() => release(form), GIVE_UP_AFTER);
}

function release(form) {
  clearTimeout(Number(form.dataset.timer));
  delete form.dataset.busy;
  form.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
  document.querySelectorAll(`[aria-busy][form="${form.id}"]`).forEach((button) => button.removeAttribute("aria-busy"));
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || "noBusy" in form.dataset) return;
  if ("busy" in form.dataset) event.preventDefault();
  else hold(form, event.submitter);
});

addEventListener("pageshow", () => document.querySelectorAll("form[data-busy]").forEach(release));

const formOf = (event) => event.detail.elt?.closest?.("form[method=post], form[hx-post]");
document.addEventListener("htmx:beforeRequest", (event) => {
  const form = formOf(event);
  if (!form) return;
  if ("busy" in form.dataset) event.preventDefault();
  else hold(form, event.detail.requestConfig.triggeringEvent?.submitter);
});
document.addEventListener("htmx:afterRequest", (event) => {
  const form = formOf(event);
  if (form) release(form);
});
