// What was received is spread over what is owed, oldest first, until somebody writes an amount by hand; the sums and
// what is over stand beneath.

const figures = (text) => Number(String(text).replaceAll(",", "").match(/\d+(\.\d+)?|\.\d+/)?.[0] ?? 0);
// In thousandths, for currencies with three decimals.
const coins = (text) => Math.round(figures(text) * 1000);
const inFull = (amount) => (amount / 1000).toFixed(amount % 10 ? 3 : amount % 1000 ? 2 : 0);
const lines = (form) => [...form.querySelectorAll(".pay-line")];
const fieldOf = (line) => line.querySelector("input");
const sum = (amounts) => amounts.reduce((total, each) => total + each, 0);

function received(form) {
  const tenders = [...form.querySelectorAll(".tenders input[name$='-amount']")].map(({ value }) => coins(value));
  return sum(tenders);
}

function thereIs(form) {
  const credit = form.elements.use_unapplied?.checked ? coins(form.dataset.credit) : 0;
  return received(form) + credit;
}

function spread(form) {
  let left = thereIs(form);
  form.elements.spread_of.value = inFull(left);
  for (const line of lines(form)) {
    const share = Math.min(left, coins(line.dataset.owed));
    fieldOf(line).value = share ? inFull(share) : "";
    left -= share;
  }
}

function say(form) {
  const sums = form.querySelector(".pay-sums");
  const set = sum(lines(form).map((line) => coins(fieldOf(line).value)));
  const over = thereIs(form) - set;
  const words = (amount) => new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency: form.dataset.currency }).format(amount / 1000);
  sums.querySelector("[data-received]").textContent = words(received(form));
  sums.querySelector("[data-set]").textContent = words(set);
  const sentence = over < 0 ? sums.dataset.short : sums.dataset.over;
  sums.querySelector("[data-over-said]").textContent = over && (received(form) || over < 0) ? sentence.replace("AMOUNT", words(Math.abs(over))) : "";
}

document.addEventListener("input", ({ target }) => {
  const form = target.closest("[data-spread]");
  if (!form) return;
  if (target.closest(".pay-line")) form.dataset.byHand = "yes";
  else if (!form.dataset.byHand && (target.name.endsWith("-amount") || target.name === "use_unapplied")) spread(form);
  say(form);
});

document.addEventListener("click", ({ target }) => {
  const form = target.closest("[data-spread-again]")?.closest("[data-spread]");
  if (!form) return;
  delete form.dataset.byHand;
  spread(form);
  say(form);
});

document.querySelectorAll("[data-spread]").forEach(say);
