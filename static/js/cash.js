// While notes and coins are counted their sum stands beneath them, and in the field for the whole count.

const pieces = (form) => [...form.querySelectorAll("[data-worth]")];
const inCents = ({ dataset, value }) => Math.round(Number(dataset.worth) * 100) * (Number.parseInt(value, 10) || 0);
const sumOf = (form) => pieces(form).reduce((total, each) => total + inCents(each), 0) / 100;

function show(form) {
  form.querySelector("[data-cash-sum]").textContent = sumOf(form).toLocaleString(document.documentElement.lang);
}

document.addEventListener("input", ({ target }) => {
  const form = target.closest("[data-cash]");
  if (!form || !target.dataset.worth) return;
  show(form);
  const sum = sumOf(form);
  form.elements.counted.value = Number.isInteger(sum) ? String(sum) : sum.toFixed(2);
});

document.querySelectorAll("[data-cash]:has([data-worth])").forEach(show);
