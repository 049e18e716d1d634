// What did not get an answer is "not confirmed", never "failed": the press may have arrived. Asking again sends the
// same form with the same key, so it counts once.

const toasts = () => document.getElementById("toasts");

function say(template, wire) {
  const toast = document.getElementById(template)?.content.firstElementChild.cloneNode(true);
  if (!toast) return null;
  wire?.(toast);
  toasts().append(toast);
  return toast;
}

function ask(again) {
  const { elt, verb, path, target, parameters } = again;
  return window.htmx.ajax(verb, path, {
    source: document.contains(elt) ? elt : document.body,
    target: document.contains(target) ? target : document.body,
    values: parameters,
  });
}

function notConfirmed(event) {
  const config = event.detail.requestConfig;
  // A look-up that got no answer is asked again by the next key; only acts deserve a word.
  if (!config || config.verb === "get") return;
  const again = { elt: config.elt, verb: config.verb, path: config.path, target: event.detail.target, parameters: { ...config.parameters } };
  say("toast-not-confirmed", (toast) => {
    toast.querySelector("[data-retry]").addEventListener("click", () => {
      toast.remove();
      ask(again);
    });
  });
}

document.addEventListener("htmx:sendError", notConfirmed);
document.addEventListener("htmx:timeout", notConfirmed);
document.addEventListener("htmx:responseError", (event) => {
  if (event.detail.xhr.status >= 500) notConfirmed(event);
  else if (event.detail.requestConfig?.verb !== "get") say("toast-refused");
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-reload]")) location.reload();
});

// A session that ended answers a part of a page with the whole sign-in page: go there instead of showing it inside.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, requestConfig } = event.detail;
  if (!xhr.responseURL || !requestConfig) return;
  const answered = new URL(xhr.responseURL);
  const login = document.querySelector("meta[name=login-url]")?.content;
  if (login && answered.pathname === login && location.pathname !== login) {
    event.detail.shouldSwap = false;
    location.assign(`${login}?next=${encodeURIComponent(location.pathname + location.search)}`);
  }
});

const banner = document.querySelector("#offline > .notice");
const tell = () => banner && (banner.hidden = navigator.onLine);
addEventListener("offline", tell);
addEventListener("online", tell);
tell();
