// <hp-timeline>: a lane per machine in the order of the wall. A thin line while it runs, a bar when it does not,
// a notch above for a stop too short to see. Lanes are asked for when they come into view.

import { clock, duration, moment, spoken } from "./format.js";
import { silence } from "./plant.js";
import { colours, fills, whenColoursChange, words } from "./shapes.js";

const row = 26;
const axis = 26;
const margin = 14;
const nameWidth = 128;

class Timeline extends HTMLElement {
  #plant;
  #open;
  #machines = [];
  #lanes = new Map();
  #asked = new Set();
  #windowMs = 3600_000;
  #endMs = null;
  #rule = null;
  #selected = -1;
  #frame = 0;
  #asking = 0;
  #colours = colours();
  #generation = 0;

  connectedCallback() {
    this.tabIndex = 0;
    this.setAttribute("role", "application");
    this.setAttribute("aria-label", "Timeline: arrow keys go through machines and their states, Enter opens one");
    this.canvas = document.createElement("canvas");
    this.space = document.createElement("div");
    this.tip = Object.assign(document.createElement("div"), { className: "tip", hidden: true });
    this.said = Object.assign(document.createElement("p"), { className: "visually-hidden" });
    this.said.setAttribute("aria-live", "polite");
    this.append(this.canvas, this.space, this.tip, this.said);
    this.addEventListener("scroll", () => { this.tip.hidden = true; this.#dirty(); this.#askSoon(); }, { passive: true });
    this.addEventListener("pointermove", (event) => this.#point(event));
    this.addEventListener("pointerleave", () => { this.tip.hidden = true; });
    this.addEventListener("click", (event) => this.#click(event));
    this.addEventListener("keydown", (event) => this.#key(event));
    new ResizeObserver(() => { this.#dirty(); this.#askSoon(); }).observe(this);
    whenColoursChange(() => { this.#colours = colours(); this.#dirty(); });
  }

  bind(plant, open) {
    this.#plant = plant;
    this.#open = open;
    plant.addEventListener("transition", (event) => this.#append(event.detail));
    plant.addEventListener("resync", () => this.#forget());
    setInterval(() => { if (this.#endMs === null) this.#dirty(); }, 1000);
  }

  /** The machines to show, in order. */
  show(machines) {
    this.#machines = machines;
    this.#dirty();
    this.#askSoon();
  }

  set rule(rule) { this.#rule = rule; this.#forget(); }

  set windowMs(ms) { this.#windowMs = ms; this.#forget(); }

  /** One half window back or forth; behind now it follows again. */
  step(direction) {
    const end = (this.#endMs ?? this.#plant.now()) + direction * this.#windowMs / 2;
    this.#endMs = end >= this.#plant.now() ? null : end;
    this.#forget();
  }

  get isFollowing() { return this.#endMs === null; }

  #forget() {
    this.#lanes.clear();
    this.#asked.clear();
    this.#generation++;
    this.#askSoon();
    this.#dirty();
  }

  #range() {
    const to = this.#endMs ?? this.#plant.now();
    return [to - this.#windowMs, to];
  }

  #visible() {
    const first = Math.max(0, Math.floor(this.scrollTop / row));
    return [first, Math.min(this.#machines.length, first + Math.ceil((this.clientHeight - axis) / row) + 1)];
  }

  #askSoon() {
    this.#asking ||= setTimeout(() => { this.#asking = 0; this.#ask(); }, 120);
  }

  async #ask() {
    if (!this.#rule || !this.#plant) return;
    const [first, last] = this.#visible();
    const wanted = this.#machines.slice(first, last + 10).map((machine) => machine.id).filter((id) => !this.#asked.has(id));
    if (wanted.length === 0) return;
    wanted.forEach((id) => this.#asked.add(id));
    const generation = this.#generation;
    const [from, to] = this.#range();
    const query = new URLSearchParams({ rule: this.#rule, equipment: wanted.join(","), from: new Date(from).toISOString() });
    if (this.#endMs !== null) query.set("to", new Date(to).toISOString());
    try {
      const answer = await this.#plant.get(`/api/v1/timeline?${query}`);
      if (generation !== this.#generation) return;
      for (const lane of answer.lanes) {
        const spans = [];
        for (let at = 0; at < lane.spans.length; at += 2) {
          const state = answer.states[lane.spans[at + 1]];
          spans.push({ begin: lane.spans[at], state: state.name, category: state.category ?? "other" });
        }
        this.#lanes.set(lane.id, spans);
      }
      this.#dirty();
    } catch {
      wanted.forEach((id) => this.#asked.delete(id));
    }
  }

  #append(transition) {
    const lane = this.#lanes.get(transition.equipmentId);
    if (!lane || transition.ruleId !== this.#rule || this.#endMs !== null || transition.toState === null) return;
    lane.push({ begin: transition.sinceMs, state: transition.toState, category: transition.toCategory ?? "other", reason: transition.reason });
    // What has left the window goes, but for the one span that reaches into it.
    const [from] = this.#range();
    while (lane.length > 1 && lane[1].begin < from) lane.shift();
    this.#dirty();
  }

  #dirty() {
    this.#frame ||= requestAnimationFrame(() => { this.#frame = 0; this.#draw(); });
  }

  #draw() {
    if (!this.#plant) return;
    const [width, height] = [this.clientWidth, this.clientHeight];
    if (width === 0 || height === 0) return;
    const ratio = devicePixelRatio || 1;
    if (this.canvas.width !== Math.round(width * ratio) || this.canvas.height !== Math.round(height * ratio)) {
      this.canvas.width = Math.round(width * ratio);
      this.canvas.height = Math.round(height * ratio);
      this.canvas.style.height = `${height}px`;
      this.patterns = null;
    }
    this.space.style.height = `${Math.max(0, this.#machines.length * row + axis + 8 - height)}px`;
    const draw = this.canvas.getContext("2d");
    if (this.patterns?.of !== this.#colours) this.patterns = { of: this.#colours, ...fills(draw, this.#colours, ratio) };
    draw.setTransform(ratio, 0, 0, ratio, 0, 0);
    draw.fillStyle = this.#colours.panel;
    draw.fillRect(0, 0, width, height);
    this.#drawAxis(draw, width, height);
    const [first, last] = this.#visible();
    draw.save();
    draw.beginPath();
    draw.rect(0, axis, width, height - axis);
    draw.clip();
    for (let index = first; index < last; index++) {
      this.#drawLane(draw, width, index, axis + index * row - this.scrollTop);
    }
    draw.restore();
  }

  #drawAxis(draw, width, height) {
    const [from, to] = this.#range();
    const steps = [10e3, 30e3, 60e3, 300e3, 600e3, 900e3, 1800e3, 3600e3, 7200e3, 14400e3];
    const step = steps.find((ms) => (to - from) / ms <= (width - nameWidth) / 90) ?? steps.at(-1);
    const zone = new Date().getTimezoneOffset() * 60e3;
    draw.font = "12px system-ui, sans-serif";
    draw.textBaseline = "middle";
    draw.textAlign = "center";
    for (let at = Math.ceil((from - zone) / step) * step + zone; at <= to; at += step) {
      const x = Math.round(this.#x(at, from, to, width)) + .5;
      draw.strokeStyle = this.#colours.line;
      draw.lineWidth = 1;
      draw.beginPath();
      draw.moveTo(x, axis - 4);
      draw.lineTo(x, height);
      draw.stroke();
      draw.fillStyle = this.#colours.soft;
      if (x > nameWidth + 24 && x < width - 24) draw.fillText(clock(at, step < 60e3), x, axis / 2);
    }
  }

  #drawLane(draw, width, index, top) {
    const machine = this.#machines[index];
    const category = machine.first?.category ?? "other";
    if (index === this.#selected) {
      draw.fillStyle = this.#colours.raised;
      draw.fillRect(0, top, width, row);
    }
    draw.textAlign = "left";
    draw.font = `${category === "down" ? "600 " : ""}13px system-ui, sans-serif`;
    draw.fillStyle = category === "other" ? this.#colours.soft : this.#colours.ink;
    draw.fillText(fitted(draw, machine.id, nameWidth - margin - 8), margin, top + row / 2 + .5);
    const lane = this.#lanes.get(machine.id);
    if (!lane) return;
    const [from, to] = this.#range();
    const middle = top + row / 2;
    for (let at = 0; at < lane.length; at++) {
      const begin = Math.max(lane[at].begin, from);
      const end = Math.min(lane[at + 1]?.begin ?? to, to);
      if (end <= from || begin >= to) continue;
      const [x, right] = [this.#x(begin, from, to, width), this.#x(end, from, to, width)];
      const look = this.patterns[lane[at].category];
      const high = (row - 8) * look.height;
      // What is over is history and calmer; what lasts is the news.
      const isNow = this.#endMs === null && at === lane.length - 1;
      draw.fillStyle = isNow ? look.now ?? look.fill : look.fill;
      if (lane[at].category === "down" && right - x < 3) {
        // Too short to see as a bar: a notch that stands out of the lane.
        draw.fillRect(Math.round(x), top + 2, 2, row - 6);
      } else {
        draw.fillRect(x, middle - high / 2, Math.max(1, right - x), high);
      }
    }
    if (this.#endMs === null && category !== "down" && silence(machine, to) > 0) {
      // Nothing was heard since: what the lane says from here on, nobody knows.
      const x = Math.max(nameWidth, this.#x(machine.lastReceivedMs, from, to, width));
      const high = (row - 8) * this.patterns.unknown.height;
      draw.fillStyle = this.#colours.panel;
      draw.fillRect(x, top + 2, width - margin - x, row - 4);
      draw.fillStyle = this.patterns.unknown.fill;
      draw.fillRect(x, middle - high / 2, width - margin - x, high);
    }
  }

  #x(at, from, to, width) {
    return nameWidth + (at - from) / (to - from) * (width - nameWidth - margin);
  }

  #at(event) {
    const box = this.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const index = Math.floor((y - axis + this.scrollTop) / row);
    const machine = y > axis ? this.#machines[index] : undefined;
    if (!machine) return null;
    const [from, to] = this.#range();
    const at = from + (x - nameWidth) / (this.clientWidth - nameWidth - margin) * (to - from);
    const near = (to - from) / (this.clientWidth - nameWidth) * 3;
    const lane = x > nameWidth ? this.#lanes.get(machine.id) ?? [] : [];
    // A short stop is hard to hit: it wins within three pixels.
    let place = lane.findIndex((span, n) => span.category === "down" && Math.abs(span.begin - at) < near && (lane[n + 1]?.begin ?? to) - span.begin < near);
    if (place < 0) place = lane.findLastIndex((span) => span.begin <= at);
    return { machine, index, span: lane[place], end: lane[place + 1]?.begin ?? null };
  }

  #point(event) {
    const hit = this.#at(event);
    this.tip.hidden = !hit?.span;
    if (this.tip.hidden) return;
    const [from] = this.#range();
    const { span, end, machine } = hit;
    const length = (end ?? this.#plant.now()) - span.begin;
    const head = document.createElement("b");
    head.textContent = `${machine.id} · ${span.state}`;
    const begins = span.begin <= from ? `before ${clock(from)}` : moment(span.begin);
    const text = document.createElement("span");
    text.textContent = [words[span.category], span.reason, `${begins} to ${end ? moment(end) : "now"}`, duration(length)].filter(Boolean).join(" · ");
    this.tip.replaceChildren(head, text);
    const x = Math.min(event.clientX + 14, innerWidth - this.tip.offsetWidth - 10);
    const y = event.clientY + 18 + this.tip.offsetHeight > innerHeight ? event.clientY - this.tip.offsetHeight - 12 : event.clientY + 18;
    this.tip.style.left = `${x}px`;
    this.tip.style.top = `${y}px`;
  }

  #click(event) {
    const hit = this.#at(event);
    if (hit) this.#open(hit.machine.id);
  }

  #key(event) {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key === "Enter" && this.#machines[this.#selected]) this.#open(this.#machines[this.#selected].id);
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      event.preventDefault();
      this.dispatchEvent(new CustomEvent("step", { detail: event.key === "ArrowLeft" ? -1 : 1 }));
    }
    if (!(event.key in steps) || this.#machines.length === 0) return;
    event.preventDefault();
    this.#selected = Math.max(0, Math.min(this.#machines.length - 1, this.#selected + steps[event.key]));
    const top = this.#selected * row;
    if (top < this.scrollTop) this.scrollTop = top;
    if (top + row > this.scrollTop + this.clientHeight - axis) this.scrollTop = top + row - this.clientHeight + axis;
    const machine = this.#machines[this.#selected];
    const lane = (this.#lanes.get(machine.id) ?? []).slice(-3).reverse();
    this.said.textContent = `${machine.id}: ${lane.map((span) => `${span.state} since ${clock(span.begin)}`).join(", before ")}`
      + (machine.first ? `, for ${spoken(this.#plant.now() - machine.first.sinceMs)}` : "");
    this.#dirty();
  }
}

function fitted(draw, text, width) {
  if (draw.measureText(text).width <= width) return text;
  let end = text.length;
  while (end > 1 && draw.measureText(`${text.slice(0, end)}…`).width > width) end--;
  return `${text.slice(0, end)}…`;
}

/** The legend's swatches look as the lanes do. */
export function drawLegend(place) {
  const drawn = () => {
    const colour = colours();
    place.replaceChildren(...["down", "planned", "unknown", "other"].map((category) => {
      const swatch = document.createElement("canvas");
      const ratio = devicePixelRatio || 1;
      [swatch.width, swatch.height] = [26 * ratio, 14 * ratio];
      const draw = swatch.getContext("2d");
      draw.scale(ratio, ratio);
      const look = fills(draw, colour, ratio)[category];
      draw.fillStyle = look.now ?? look.fill;
      draw.fillRect(0, 7 - 7 * look.height, 26, 14 * look.height);
      const item = document.createElement("span");
      item.append(swatch, words[category]);
      return item;
    }));
  };
  drawn();
  whenColoursChange(drawn);
}

customElements.define("hp-timeline", Timeline);
