// <hp-pareto>: which reason costs most, by time or by count; planned stops are no loss.

import { count, duration } from "./format.js";
import { shape } from "./shapes.js";

const linesMax = 12;
const reloadMs = 15_000;

class Pareto extends HTMLElement {
  #plant;
  #windowMs = 3600_000;
  #measure = "time";
  #soon = 0;
  #answer = null;

  bind(plant) {
    this.#plant = plant;
    plant.addEventListener("downtime", () => { this.#soon ||= setTimeout(() => this.#load(), 2000); });
    setInterval(() => this.#load(), reloadMs);
    this.#load();
  }

  set windowMs(ms) { this.#windowMs = ms; this.#load(); }

  set measure(measure) { this.#measure = measure; this.#draw(); }

  async #load() {
    clearTimeout(this.#soon);
    this.#soon = 0;
    try {
      this.#answer = await this.#plant.get(`/api/v1/pareto?from=-${this.#windowMs / 1000}s`);
      this.#draw();
    } catch {
      // The next beat tries again; the link says that it is lost.
    }
  }

  #draw() {
    if (!this.#answer) return;
    const isTime = this.#measure === "time";
    const value = (line) => (isTime ? line.seconds : line.count);
    const lines = this.#answer.lines.filter((line) => value(line) > 0).sort((a, b) => value(b) - value(a));
    const total = lines.reduce((sum, line) => sum + value(line), 0);
    if (lines.length === 0) {
      this.replaceChildren(Object.assign(document.createElement("p"), { className: "empty", textContent: "Nothing was lost in this window." }), this.#foot());
      return;
    }
    const bars = document.createElement("div");
    bars.className = "bars";
    let sum = 0;
    for (const line of lines.slice(0, linesMax)) {
      sum += value(line);
      bars.append(...this.#line(line, value(line) / value(lines[0]), sum / total, isTime ? duration(line.seconds * 1000) : `${count(line.count)} ×`));
    }
    this.replaceChildren(bars, this.#foot());
  }

  #line(line, part, cumulative, amount) {
    const name = line.reason ?? (line.category === "down" ? `no reason (${line.state})` : line.state);
    const cell = (tag, className, text) => Object.assign(document.createElement(tag), { className, textContent: text ?? "" });
    const label = cell("span", "label");
    const text = cell("span", "", name);
    text.title = name;
    label.append(shape(line.category), text);
    const bar = cell("span", `bar ${line.category}`);
    const fill = document.createElement("i");
    fill.style.width = `${Math.max(.5, part * 100)}%`;
    bar.append(fill);
    const sum = cell("span", "sum", `${Math.round(cumulative * 100)}%`);
    sum.title = "Share of everything lost, down to this line";
    return [label, bar, cell("span", "amount", amount), sum];
  }

  #foot() {
    const { microStops, microStopSeconds } = this.#answer;
    const text = microStops === 0 ? "No micro-stops." : `And ${count(microStops)} micro-stop${microStops === 1 ? "" : "s"}: ${duration(microStopSeconds * 1000)} together.`;
    return Object.assign(document.createElement("p"), { className: "foot", textContent: text });
  }
}

customElements.define("hp-pareto", Pareto);
