// @ts-check
// Keeps a page as new as the store: one stream while the page is visible, a question every ten seconds while the
// stream is down, and a banner as soon as what is shown may be old. The server says only that something changed;
// pieces of the page that carry data-live="topic:key" fetch themselves anew.
(() => {
  "use strict";
  const body = document.body;
  document.documentElement.classList.add("js");
  if (!body.dataset.after) return;

  const DEAF_MS = 35000; // two heartbeats of 15 s missed
  const STALE_MS = 20000;
  const POLL_MS = 10000;
  const RETRY_MS = 3000;
  const MANY = 30;

  let after = body.dataset.after;
  /** @type {EventSource | null} */
  let source = null;
  let heard = Date.now(); // last word of the stream
  let fresh = Date.now(); // last time that what is shown was known to be new
  let asked = 0;
  let tried = 0;
  /** @type {Set<string>} */
  const waiting = new Set();
  const banner = document.getElementById("stale");
  const offset = Number(body.dataset.now) - Date.now();

  // -- the stream -----------------------------------------------------------------------------------------------

  function open() {
    close();
    tried = Date.now();
    const stream = new EventSource("/events?after=" + encodeURIComponent(after));
    source = stream;
    stream.addEventListener("beat", alive);
    stream.addEventListener("anew", (event) => { alive(event); refreshAll(); });
    stream.addEventListener("change", (event) => { alive(event); take(JSON.parse(event.data)); });
    stream.onerror = () => { close(); poll(); };
  }

  function close() {
    if (source) source.close();
    source = null;
  }

  /** @param {MessageEvent} event */
  function alive(event) {
    heard = fresh = Date.now();
    if (event.lastEventId) after = event.lastEventId;
    tell();
  }

  async function poll() {
    asked = Date.now();
    try {
      const answer = await fetch("/changes?after=" + encodeURIComponent(after), { headers: { Accept: "application/json" } });
      if (answer.status === 401) return location.reload();
      if (!answer.ok) return tell();
      const told = await answer.json();
      after = told.token;
      fresh = Date.now();
      if (told.anew) refreshAll(); else told.changes.forEach(take);
    } catch { /* no contact: the banner says so */ }
    tell();
  }

  function beat() {
    if (document.hidden) return;
    const now = Date.now();
    if (source && now - heard > DEAF_MS) close();
    if (!source && now - tried > RETRY_MS) open();
    if (now - heard > POLL_MS && now - fresh > POLL_MS && now - asked > POLL_MS && !(source && now - heard < DEAF_MS)) poll();
    tell();
  }

  function tell() {
    if (!banner) return;
    const age = Date.now() - fresh;
    const isStale = age > (source && source.readyState === EventSource.OPEN ? DEAF_MS : STALE_MS);
    banner.hidden = !isStale;
    if (isStale) banner.textContent = (banner.dataset.text || "").replace("#", String(Math.round(age / 1000)));
  }

  // -- what changed ---------------------------------------------------------------------------------------------

  /** @param {{topic: string, key: string, new: boolean, level: number}} change */
  function take(change) {
    let isShown = false;
    for (const piece of document.querySelectorAll("[data-live]")) {
      if (!(piece.getAttribute("data-live") || "").split(" ").some((live) => live === change.topic || live === change.topic + ":" + change.key)) continue;
      if (piece.matches("[data-card]")) isShown = true;
      refresh(piece);
    }
    if (change.topic === "alert" && change.new && !isShown) arrive(change.key);
  }

  function refreshAll() {
    const pieces = [...document.querySelectorAll("[data-live]")];
    if (pieces.length > MANY && !pieces.some(isBusy)) return location.reload();
    pieces.forEach(refresh);
  }

  /** @param {Element} piece */
  function refresh(piece) {
    const around = piece.parentElement && piece.parentElement.closest("[data-live]");
    if (around && around.id === "alert-page") return; // the page around it fetches itself, card and all
    if (isBusy(piece)) piece.setAttribute("data-old", "");
    else { piece.removeAttribute("data-old"); htmx.trigger(piece, "linli-changed"); }
  }

  /** Whether somebody works in this piece: it must not change under the finger. @param {Element} piece */
  function isBusy(piece) {
    if (piece.querySelector("details.drop[open]")) return true;
    if ([...piece.querySelectorAll("video")].some((video) => !video.paused)) return true;
    const active = document.activeElement;
    return !!active && piece.contains(active) && active.matches("input, textarea, select");
  }

  const settle = () => document.querySelectorAll("[data-old]").forEach(refresh);
  for (const name of ["toggle", "focusout", "pause", "ended"]) document.addEventListener(name, () => setTimeout(settle, 0), true);

  // -- new cards ------------------------------------------------------------------------------------------------

  const list = document.querySelector("#cards[data-takes-new]");
  const pill = document.getElementById("fresh");

  /** @param {string} id */
  function arrive(id) {
    if (!list) return;
    waiting.add(id);
    // A card goes in at once only where it moves nothing that somebody looks at or works on.
    if (window.scrollY < 40 && !list.contains(document.activeElement) && !isBusy(list) && waiting.size <= MANY) show();
    else say();
  }

  function say() {
    if (!pill) return;
    pill.hidden = waiting.size === 0;
    pill.textContent = (pill.dataset.text || "").replace("#", String(waiting.size));
  }

  async function show() {
    if (waiting.size > MANY) return location.reload();
    const ids = [...waiting];
    waiting.clear();
    say();
    for (const id of ids) {
      const answer = await fetch("/cards/" + encodeURIComponent(id), { headers: { "HX-Request": "true" } }).catch(() => null);
      if (answer && answer.ok) insert(await answer.text());
    }
  }

  /** @param {string} html made by this console's own template */
  function insert(html) {
    const room = document.createElement("template");
    room.innerHTML = html;
    const card = /** @type {HTMLElement} */ (room.content.querySelector("[data-card]"));
    if (!list || !card || document.querySelector(`[data-card="${CSS.escape(card.dataset.card || "")}"]`) || card.matches(".done")) return;
    /** @param {HTMLElement} other */
    const isAbove = (other) => Number(card.dataset.level) > Number(other.dataset.level)
      || (card.dataset.level === other.dataset.level && Number(card.dataset.raised) > Number(other.dataset.raised));
    const next = /** @type {HTMLElement[]} */ ([...list.querySelectorAll(".card")]).find((other) => other.matches(".done") || isAbove(other)) || null;
    card.classList.add("new");
    list.insertBefore(card, next);
    htmx.process(card);
    document.getElementById("empty")?.remove();
  }

  if (pill) pill.addEventListener("click", () => { show(); window.scrollTo({ top: 0 }); });

  // -- ages and the title ---------------------------------------------------------------------------------------

  const words = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto", style: "short" });

  function ages() {
    for (const age of document.querySelectorAll("time[data-age]")) {
      const seconds = (Date.now() + offset - Date.parse(age.getAttribute("datetime") || "")) / 1000;
      if (seconds < 60) continue; // the server said "just now"
      const [n, unit] = seconds < 3600 ? [seconds / 60, "minute"] : seconds < 86400 ? [seconds / 3600, "hour"] : [seconds / 86400, "day"];
      age.textContent = words.format(-Math.floor(n), /** @type {Intl.RelativeTimeFormatUnit} */ (unit));
    }
  }

  const title = document.title;
  function badge() {
    const bar = document.getElementById("bar");
    const open = bar ? Number(bar.dataset.open) : 0;
    document.title = open ? `(${open}) ${title}` : title;
  }
  document.addEventListener("htmx:afterSettle", badge);

  // One stream for each visible page: browsers allow six connections, and a seventh page would hang without a word.
  document.addEventListener("visibilitychange", () => { if (document.hidden) close(); else { heard = Date.now(); open(); } });
  window.addEventListener("pagehide", close);
  setInterval(beat, 1000);
  setInterval(ages, 15000);
  badge();
  open();
})();
