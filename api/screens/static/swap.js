// Brings parts of the page up to date by fetching the page again and taking those parts from it.
//
// A part is an element with an id and data-part. It is fetched again when an event of a kind in
// data-on is heard, every data-every seconds, and after a form with data-swap was answered.
// The server renders every word; nothing here knows what a passage or an alarm is.

const RETRY_MS = 3000;
const unsent = document.getElementById("unsent");
const waiting = new Map(); // page address -> ids of the parts that are wanted from it
let busy = false;

const addressOf = (part) => part.dataset.src ?? location.pathname + location.search;

/** What a person has typed or chosen, and where the cursor is, survives the swap. */
function carryOver(before, after) {
  for (const field of before.querySelectorAll("input[id], select[id]")) {
    const heir = after.querySelector(`#${CSS.escape(field.id)}`);
    if (!heir || field.type === "hidden") continue;
    heir.value = field.value;
  }
  const held = document.activeElement;
  if (!held?.id || !before.contains(held)) return () => {};
  const { selectionStart, selectionEnd } = held;
  return () => {
    const heir = document.getElementById(held.id);
    heir?.focus({ preventScroll: true });
    if (selectionStart !== null) heir?.setSelectionRange?.(selectionStart, selectionEnd);
  };
}

/** Children that did not change stay the same nodes, so that only news is read out aloud. */
function renew(part, fresh) {
  const refocus = carryOver(part, fresh);
  const kept = new Map([...part.children].filter((c) => c.id).map((child) => [child.id, child]));
  const children = [...fresh.childNodes].map((child) => {
    const old = kept.get(child.id);
    return old?.isEqualNode(child) ? old : child;
  });
  part.replaceChildren(...children);
  part.className = fresh.className;
  refocus();
}

function take(page, ids) {
  for (const id of ids) {
    const part = document.getElementById(id);
    const fresh = page.getElementById(id);
    if (part && fresh) renew(part, fresh);
  }
}

async function load(address, options) {
  const answer = await fetch(address, { cache: "no-store", ...options });
  if (new URL(answer.url).pathname === "/login") location.reload();
  if (!answer.headers.get("content-type")?.startsWith("text/html")) throw new Error(answer.status);
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

const tell = (ok) => document.dispatchEvent(new CustomEvent("pages", { detail: { ok } }));

/** One fetch at a time: what is asked for meanwhile goes into the next one. */
async function work() {
  if (busy) return;
  busy = true;
  while (waiting.size) {
    const [address, ids] = waiting.entries().next().value;
    waiting.delete(address);
    try {
      take(await load(address), ids);
      tell(true);
    } catch {
      tell(false);
      waiting.set(address, new Set([...ids, ...(waiting.get(address) ?? [])]));
      await new Promise((again) => setTimeout(again, RETRY_MS));
    }
  }
  busy = false;
}

function want(parts) {
  for (const part of parts) {
    const address = addressOf(part);
    waiting.set(address, (waiting.get(address) ?? new Set()).add(part.id));
  }
  work();
}

document.addEventListener("journal", ({ detail }) => {
  want(document.querySelectorAll(`[data-part][data-on~="${CSS.escape(detail.kind)}"]`));
});
document.addEventListener("journal-back", () => want(document.querySelectorAll("[data-part]")));

for (const part of document.querySelectorAll("[data-part][data-every]")) {
  setInterval(() => !document.hidden && want([part]), 1000 * part.dataset.every);
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!("swap" in form.dataset) || form.ariaBusy === "true") return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(form, event.submitter));
  form.ariaBusy = "true";
  unsent.hidden = true;
  try {
    const page = await load(form.action, { method: "POST", body });
    take(page, [...document.querySelectorAll("[data-part]")].map((part) => part.id));
  } catch {
    unsent.hidden = false;
    unsent.focus();
  } finally {
    form.ariaBusy = null;
  }
});

// One key for an answer: a button says which in data-key. Not while somebody types, and not again
// while the key is held down: each press answers one question.
const KEYLESS = "input, textarea, select, [contenteditable]";

document.addEventListener("keydown", (event) => {
  if (event.repeat || event.target.closest?.(KEYLESS)) return;
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const button = document.querySelector(`button[data-key="${CSS.escape(event.key)}"]`);
  if (!button || button.form.ariaBusy === "true") return;
  event.preventDefault();
  button.form.requestSubmit(button);
});
