// <hp-downtimes>: what stands still, and what stood still before.

import { duration, moment } from "./format.js";
import { attention, shape, words } from "./shapes.js";

const shownMax = 200;

class Downtimes extends HTMLElement {
  #plant;
  #open;
  #rows = new Map();
  #which = "stops";
  #drawing = 0;

  bind(plant, open) {
    this.#plant = plant;
    this.#open = open;
    plant.addEventListener("downtime", (event) => this.#take(event.detail));
    plant.addEventListener("resync", () => this.#load());
    setInterval(() => this.#tick(), 1000);
    this.#load();
  }

  /** open | stops (without micro-stops) | all */
  set which(which) { this.#which = which; this.#load(); }

  async #load() {
    const query = { open: "status=open", stops: "micro=false", all: "" }[this.#which];
    const page = await this.#plant.get(`/api/v1/downtimes?limit=${shownMax}&${query}`);
    this.#rows = new Map(page.items.map((row) => [row.downtimeId, row]));
    this.#draw();
  }

  #take(row) {
    const isWanted = row.status === "open" || (this.#which === "all") || (this.#which === "stops" && !row.micro);
    if (isWanted) this.#rows.set(row.downtimeId, row);
    else this.#rows.delete(row.downtimeId);
    this.#drawing ||= setTimeout(() => { this.#drawing = 0; this.#draw(); }, 300);
  }

  #draw() {
    const order = [...this.#rows.values()].sort((a, b) =>
      (a.status === "open" ? 0 : 1) - (b.status === "open" ? 0 : 1)
      || (a.status === "open" ? attention[b.category] - attention[a.category] : 0)
      || Date.parse(b.endTime ?? b.startTime) - Date.parse(a.endTime ?? a.startTime));
    this.#rows = new Map(order.slice(0, shownMax).map((row) => [row.downtimeId, row]));
    if (order.length === 0) {
      const empty = Object.assign(document.createElement("p"), { className: "empty" });
      empty.textContent = this.#which === "open" ? "Nothing stands still." : "No downtime yet.";
      this.replaceChildren(empty);
      return;
    }
    // Rows that stay keep their element, so that focus and scroll stay too.
    const kept = new Map([...this.children].filter((child) => child.row).map((child) => [child.row.downtimeId, child]));
    this.replaceChildren(...[...this.#rows.values()].map((row) => {
      const child = kept.get(row.downtimeId);
      return child && child.row.revision === row.revision && child.row.acknowledgement?.at === row.acknowledgement?.at ? child : this.#item(row);
    }));
    this.#tick();
  }

  #item(row) {
    const item = document.createElement("button");
    item.type = "button";
    item.row = row;
    item.className = `stop ${row.status} ${row.category}`;
    const part = (name, text) => Object.assign(document.createElement("span"), { className: name, textContent: text });
    const why = [row.acknowledgement?.reason ?? row.reason ?? (row.category !== "down" ? null : row.status === "open" ? "no reason yet" : "no reason"), row.state, row.micro ? "micro-stop" : null].filter(Boolean).join(" · ");
    item.time = part("time", "");
    item.append(shape(row.category), part("machine", row.equipmentId), part("visually-hidden", words[row.category]), item.time, part("why", why), part("begin", moment(Date.parse(row.startTime))));
    item.addEventListener("click", () => this.#open(row.equipmentId));
    return item;
  }

  #tick() {
    const now = this.#plant.now();
    for (const item of this.children) {
      if (!item.row || (item.row.status === "closed" && item.time.textContent)) continue;
      const ms = item.row.durationSeconds === null ? now - Date.parse(item.row.startTime) : item.row.durationSeconds * 1000;
      item.time.textContent = item.row.micro && ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : duration(ms);
    }
  }
}

customElements.define("hp-downtimes", Downtimes);
