// While notes and coins are counted their sum stands beneath them, and in the field for the whole count.

const inCents = (input) => Math.round(Number(input.dataset.worth) * 100) * (Number.parseInt(input.value, 10) || 0);

document.addEventListener("input", ({ target }) => {
  const form = target.closest("[data-cash]");
  if (!form || !target.dataset.worth) return;
  const sum = [...form.querySelectorAll("[data-worth]")].reduce((total, each) => total + inCents(each), 0) / 100;
  const words = Number.isInteger(sum) ? String(sum) : sum.toFixed(2);
  form.querySelector("[data-cash-sum]").textContent = sum.toLocaleString(document.documentElement.lang);
  form.elements.counted.value = words;
});
