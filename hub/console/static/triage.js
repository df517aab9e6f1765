// @ts-check
// Keys for people who close many alerts, and the short life of an undo. Everything here is also a button.
(() => {
  "use strict";
  const UNDO_MS = 10000;
  let current = "";

  const cards = () => /** @type {HTMLElement[]} */ ([...document.querySelectorAll("article[data-card]")]);

  function here() {
    const focused = document.activeElement && document.activeElement.closest("article[data-card]");
    return /** @type {HTMLElement | null} */ (focused) || cards().find((card) => card.dataset.card === current) || null;
  }

  /** @param {number} by */
  function move(by) {
    const all = cards();
    const at = here();
    const next = all[Math.min(all.length - 1, Math.max(0, at ? all.indexOf(at) + by : 0))];
    if (next) { next.focus({ preventScroll: true }); next.scrollIntoView({ block: "nearest" }); }
  }

  /** @param {string} key */
  function press(key) {
    const button = /** @type {HTMLElement | null} */ (here()?.querySelector(`[data-key="${key}"]`) || null);
    if (button) button.click();
  }

  /** Open one of the card's drawers and put the focus on what is picked in it. @param {string} name @param {string} pick */
  function drawer(name, pick) {
    const drop = /** @type {HTMLDetailsElement | null} */ (here()?.querySelector(`[data-drop="${name}"]`) || null);
    if (!drop) return;
    drop.open = true;
    const target = /** @type {HTMLElement | null} */ (drop.querySelector(pick));
    if (target) target.focus();
  }

  /** @param {number} digit */
  function choose(digit) {
    const open = here()?.querySelector('[data-drop="close"][open]');
    if (!open) return;
    const group = open.getAttribute("data-group") === "false" ? ".o-false" : "[name=outcome]";
    const button = /** @type {HTMLElement | undefined} */ (open.querySelectorAll(group)[digit - 1]);
    if (button) button.click();
  }

  function undo() {
    const button = /** @type {HTMLElement | null} */ (document.querySelector('[data-undo] [data-key="u"]'));
    if (button) button.click();
  }

  function help() {
    const box = /** @type {HTMLDialogElement | null} */ (document.getElementById("keys"));
    if (box && !box.open) box.showModal();
  }

  /** @type {Record<string, () => void>} */
  const acts = {
    j: () => move(1),
    k: () => move(-1),
    s: () => press("s"),
    a: () => press("a"),
    c: () => { group("all"); drawer("close", "[name=outcome]"); },
    f: () => { group("false"); drawer("close", ".o-false"); },
    n: () => drawer("note", "textarea"),
    u: undo,
    "?": help,
  };

  /** @param {string} name */
  function group(name) {
    here()?.querySelector('[data-drop="close"]')?.setAttribute("data-group", name);
  }

  document.addEventListener("keydown", (event) => {
    const target = /** @type {Element} */ (event.target);
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape") {
      const drop = /** @type {HTMLDetailsElement | null} */ (target.closest("details[open]"));
      if (drop) { drop.open = false; here()?.focus(); }
      return;
    }
    if (target.matches("input, textarea, select") || document.querySelector("dialog[open]")) return;
    if (event.key === "Enter" && target.matches("article[data-card]")) {
      /** @type {HTMLElement | null} */ (target.querySelector("h2 a"))?.click();
    } else if (/^[1-9]$/.test(event.key)) {
      choose(Number(event.key));
    } else if (acts[event.key]) {
      event.preventDefault();
      acts[event.key]();
    }
  });

  document.addEventListener("focusin", (event) => {
    const card = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("article[data-card]"));
    if (card) current = card.dataset.card || "";
  });

  // A card that was replaced while it had the focus keeps it.
  document.addEventListener("htmx:afterSettle", () => {
    if (document.activeElement === document.body && current) here()?.focus({ preventScroll: true });
    forget();
  });

  /** Take each undo away when its time is over. */
  function forget() {
    for (const bar of document.querySelectorAll("[data-undo]:not([data-timed])")) {
      bar.setAttribute("data-timed", "");
      bar.scrollIntoView({ block: "nearest" });
      setTimeout(() => bar.remove(), UNDO_MS);
    }
  }

  document.querySelector("[data-keys]")?.addEventListener("click", help);
  forget();
})();
