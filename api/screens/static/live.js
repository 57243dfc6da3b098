// Keeps the page true while somebody looks at it: one connection to the journal, honest ages.
//
// The page says at which journal number it was rendered (data-seq), so nothing that happened
// between page and stream is lost. A hidden tab gives its connection back, because browsers
// allow six a server, and catches up when it is shown again.

const RETRY_MS = 3000;
const { seq, now } = document.body.dataset;
const lost = document.getElementById("lost");
const listened = new Set();
const offset_ms = Date.parse(now) - Date.now();
let last = Number(seq);
let source = null;
let retry = 0;

const well = { stream: true, pages: true };

/** The banner stands while the stream or the last fetch of a part has failed. */
function tell(what, ok) {
  well[what] = ok;
  lost.hidden = well.stream && well.pages;
}

function heard(message) {
  last = Number(message.lastEventId);
  const detail = { kind: message.type, ...JSON.parse(message.data) };
  document.dispatchEvent(new CustomEvent("journal", { detail }));
}

function open() {
  close();
  source = new EventSource(`/v1/events?after=${last}`);
  source.onopen = () => {
    if (well.stream) return;
    tell("stream", true);
    document.dispatchEvent(new CustomEvent("journal-back"));
  };
  source.onerror = () => {
    tell("stream", false);
    // The browser tries again by itself, except after a refusal.
    if (source?.readyState === EventSource.CLOSED) retry = setTimeout(open, RETRY_MS);
  };
  for (const kind of listened) source.addEventListener(kind, heard);
}

function close() {
  clearTimeout(retry);
  source?.close();
  source = null;
}

for (const part of document.querySelectorAll("[data-on]")) {
  for (const kind of part.dataset.on.split(/\s+/)) listened.add(kind);
}

document.addEventListener("pages", ({ detail }) => tell("pages", detail.ok));

if (seq !== undefined) {
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => event.persisted && open());
  if (!document.hidden) open();
}

// Ages grow on the page too: "12 seconds ago" that stands still is a lie.
const relative = new Intl.RelativeTimeFormat(document.documentElement.lang, { style: "short" });
const units = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

function age(element) {
  const seconds = Math.max(0, (Date.now() + offset_ms - Date.parse(element.dateTime)) / 1000);
  const [unit, length] = units.find(([, size]) => seconds >= size) ?? units.at(-1);
  const text = relative.format(-Math.floor(seconds / length), unit);
  if (element.textContent !== text) element.textContent = text;
}

setInterval(() => document.querySelectorAll("time[data-age]").forEach(age), 1000);

// Sound is fetched when it is asked for, and not before.
const speaker = document.getElementById("sound");
if (speaker) {
  speaker.hidden = false;
  const load = () => import(speaker.dataset.module).then((sound) => sound.attach(speaker));
  if (localStorage.getItem("sound") === "on") load();
  else speaker.addEventListener("click", async () => (await load()).enable(), { once: true });
}
