// <climate-chart src unit zone>: 24 hours of one quantity, a line a sensor, the limits as a band.
//
// A gap in the data is a gap in the line. Arrow keys, a finger or the mouse move the cursor; the
// legend then tells the values of that moment. The table below the chart says the same in text.

const HEIGHT = 288, NARROWEST = 280, LEFT = 44, RIGHT = 8, TOP = 10, BOTTOM = 26, LABEL = 56;
const GAP_S = 1200, SVG = "http://www.w3.org/2000/svg", REFRESH_MS = 60_000;

function draw(parent, tag, attributes, text) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  parent.append(element);
  return element;
}

/** Round numbers for the axis: 1, 2 or 5 times a power of ten apart, about five of them. */
function ticks(low, high) {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((s) => s >= rough);
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, i) => (first + i) * step);
}

class ClimateChart extends HTMLElement {
  connectedCallback() {
    const zone = { timeZone: this.getAttribute("zone"), hourCycle: "h23", hour: "2-digit", minute: "2-digit" };
    this.clock = new Intl.DateTimeFormat(document.documentElement.lang, zone);
    this.svg = draw(this, "svg", { role: "img", tabindex: 0 });
    this.svg.setAttribute("aria-label", this.getAttribute("label"));
    this.legend = this.appendChild(document.createElement("ul"));
    this.legend.className = "legend";
    this.svg.addEventListener("pointermove", (event) => this.point(this.timeAt(event)));
    this.svg.addEventListener("pointerleave", () => this.point(null));
    this.svg.addEventListener("keydown", (event) => this.key(event));
    this.resized = new ResizeObserver(() => this.data && this.render());
    this.resized.observe(this);
    this.load();
    this.timer = setInterval(() => document.hidden || this.load(), REFRESH_MS);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
    this.resized.disconnect();
  }

  async load() {
    const answer = await fetch(this.getAttribute("src"), { cache: "no-store" }).catch(() => null);
    if (!answer?.ok) return; // the page's own banner says that the server is away
    this.data = await answer.json();
    this.render();
  }

  render() {
    const { begin, end, limits, sensors } = this.data;
    const values = sensors.flatMap((s) => s.points.map((p) => p[1])).concat(limits.filter((l) => l !== null));
    if (values.length === 0) values.push(0, 1);
    const margin = Math.max(0.5, (Math.max(...values) - Math.min(...values)) * 0.08);
    const low = Math.min(...values) - margin, high = Math.max(...values) + margin;
    this.width = Math.max(NARROWEST, this.clientWidth); // letters keep their size on a phone
    this.right = this.width - RIGHT;
    this.x = (t) => LEFT + ((t - begin) / (end - begin)) * (this.right - LEFT);
    const y = (v) => TOP + (1 - (v - low) / (high - low)) * (HEIGHT - TOP - BOTTOM);
    this.svg.setAttribute("viewBox", `0 0 ${this.width} ${HEIGHT}`);
    this.svg.replaceChildren();
    this.frame(low, high, y);
    sensors.forEach((sensor, i) =>
      draw(this.svg, "path", { class: `series-${i % 6}`, d: this.line(sensor.points, y) }));
    this.cursor = draw(this.svg, "line", { class: "cursor", y1: TOP, y2: HEIGHT - BOTTOM, visibility: "hidden" });
    this.point(this.at ?? null);
  }

  frame(low, high, y) {
    const { limits: [lower, upper] } = this.data;
    const top = y(upper ?? high), bottom = y(lower ?? low);
    if (lower !== null || upper !== null)
      draw(this.svg, "rect", { class: "band", x: LEFT, y: top, width: this.right - LEFT, height: bottom - top });
    for (const value of ticks(low, high)) {
      draw(this.svg, "line", { class: "grid", x1: LEFT, x2: this.right, y1: y(value), y2: y(value) });
      draw(this.svg, "text", { x: LEFT - 8, y: y(value) + 4, "text-anchor": "end" }, Number(value.toFixed(2)));
    }
    for (const limit of [lower, upper].filter((l) => l !== null))
      draw(this.svg, "line", { class: "limit", x1: LEFT, x2: this.right, y1: y(limit), y2: y(limit) });
    const roomy = this.data.ticks.filter((t) => this.x(t) - LEFT > LABEL / 3 && this.right - this.x(t) > LABEL / 3);
    const every = Math.ceil((roomy.length * LABEL) / (this.right - LEFT));
    for (const t of roomy.filter((_, i) => i % every === 0))
      draw(this.svg, "text", { x: this.x(t), y: HEIGHT - 6, "text-anchor": "middle" }, this.clock.format(t * 1000));
  }

  line(points, y) {
    let before = -Infinity;
    return points.map(([t, value]) => {
      const verb = t - before > GAP_S ? "M" : "L";
      before = t;
      return `${verb}${this.x(t).toFixed(1)} ${y(value).toFixed(1)}`;
    }).join("");
  }

  timeAt(event) {
    const box = this.svg.getBoundingClientRect();
    const along = ((event.clientX - box.left) / box.width) * this.width - LEFT;
    return this.data ? this.data.begin + (along / (this.right - LEFT)) * (this.data.end - this.data.begin) : null;
  }

  key(event) {
    const step = { ArrowLeft: -900, ArrowRight: 900 }[event.key];
    if (!this.data || (step === undefined && event.key !== "Escape")) return;
    event.preventDefault();
    this.point(step === undefined ? null : (this.at ?? this.data.end) + step);
  }

  /** Shows the values at that time, or the newest ones. */
  point(time) {
    if (!this.data) return;
    const { begin, end, sensors } = this.data;
    this.at = time === null ? null : Math.min(end, Math.max(begin, time));
    const at = this.at ?? end;
    this.cursor.setAttribute("visibility", this.at === null ? "hidden" : "visible");
    this.cursor.setAttribute("x1", this.x(at));
    this.cursor.setAttribute("x2", this.x(at));
    this.legend.replaceChildren(...sensors.map((sensor, i) => this.entry(sensor, i, at)));
    if (this.at !== null) {
      const moment = document.createElement("li");
      moment.textContent = this.clock.format(at * 1000);
      this.legend.prepend(moment);
    }
  }

  entry(sensor, index, at) {
    const item = document.createElement("li");
    const sample = draw(item, "svg", { viewBox: "0 0 30 10", "aria-hidden": "true" });
    draw(sample, "line", { class: `series-${index % 6}`, x1: 0, x2: 30, y1: 5, y2: 5 });
    const near = sensor.points.reduce((best, p) =>
      Math.abs(p[0] - at) < Math.abs((best?.[0] ?? -Infinity) - at) ? p : best, null);
    const value = near && Math.abs(near[0] - at) <= GAP_S ? near[1].toFixed(1) : "–";
    item.append(`${sensor.name} ${value} ${this.getAttribute("unit")}`);
    return item;
  }
}

customElements.define("climate-chart", ClimateChart);
