// Good news leaves by itself after a while, unless somebody is at it; anything that wants an answer stays.

const STAYS = 9_000;

function leaveLater(toast) {
  if (toast.dataset.leaving || !toast.matches(".success, .info") || toast.querySelector("[data-retry], [data-reload], form, a")) return;
  toast.dataset.leaving = "";
  const leave = () => (toast.matches(":hover, :focus-within") ? setTimeout(leave, STAYS) : toast.remove());
  setTimeout(leave, STAYS);
}

const region = document.getElementById("toasts");
if (region) {
  region.querySelectorAll("[data-toast]").forEach(leaveLater);
  new MutationObserver(() => region.querySelectorAll("[data-toast]").forEach(leaveLater)).observe(region, { childList: true });
}
document.addEventListener("click", (event) => {
  const close = event.target.closest("[data-dismiss]");
  if (close) close.closest("[data-toast]").remove();
});
