// Tones for the door: two short rising ones when something leaves with authority, one low one when
// something comes in, three harsh ones for an alarm, again every ten seconds until it is seen.
//
// Browsers are silent until a person has pressed something; the button always says which it is.

const REPEAT_MS = 10_000;
const TONES = {
  ExitAuthorised: [[660, 0, 0.12, "sine"], [990, 0.14, 0.18, "sine"]],
  ReturnProposed: [[520, 0, 0.25, "sine"]],
  AlarmRaised: [[880, 0, 0.22, "square"], [587, 0.26, 0.22, "square"], [880, 0.52, 0.3, "square"]],
};
let context = null;
let button = null;
let on = false;

function play(kind) {
  if (!on || context?.state !== "running") return;
  for (const [frequency_hz, after_s, length_s, type] of TONES[kind] ?? []) {
    const begin = context.currentTime + after_s;
    const tone = new OscillatorNode(context, { frequency: frequency_hz, type });
    const volume = new GainNode(context, { gain: 0 });
    volume.gain.setTargetAtTime(0.18, begin, 0.01);
    volume.gain.setTargetAtTime(0, begin + length_s, 0.02);
    tone.connect(volume).connect(context.destination);
    tone.start(begin);
    tone.stop(begin + length_s + 0.2);
  }
}

function show() {
  const heard = on && context?.state === "running";
  const blocked = on && !heard;
  button.setAttribute("aria-pressed", String(heard));
  button.textContent = button.dataset[blocked ? "whenBlocked" : heard ? "whenOn" : "whenOff"];
}

export async function enable() {
  on = true;
  localStorage.setItem("sound", "on");
  await context.resume();
  show();
  play("ExitAuthorised");
}

function toggle() {
  if (!on || context.state !== "running") return enable();
  on = false;
  localStorage.setItem("sound", "off");
  show();
}

export function attach(element) {
  button = element;
  context = new AudioContext();
  context.onstatechange = show;
  on = localStorage.getItem("sound") === "on";
  show();
  button.addEventListener("click", toggle);
  document.addEventListener("journal", ({ detail }) => play(detail.kind));
  setInterval(() => document.querySelector(".alarm-screen") && play("AlarmRaised"), REPEAT_MS);
  return { enable };
}
