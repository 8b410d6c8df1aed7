// <hp-tiles>: the wall of machines, who needs attention first. Only the visible rows exist.

import { duration } from "./format.js";
import { recolour, shape, words } from "./shapes.js";
import { categoryOf, silence } from "./plant.js";

const gap = 6;
const height = 52;
const widthMin = 172;
const holdMs = 1200;

class Tiles extends HTMLElement {
  #plant;
  #open;
  #shown = [];
  #tiles = new Map();
  #columns = 1;
  #focused = 0;
  #category = null;
  #text = "";
  #touchedAt = -Infinity;
  #waiting = 0;

  connectedCallback() {
    this.setAttribute("role", "group");
    this.setAttribute("aria-label", "Machines, who needs attention first");
    this.space = document.createElement("div");
    this.space.className = "space";
    this.append(this.space);
    this.addEventListener("scroll", () => this.#draw(), { passive: true });
    this.addEventListener("keydown", (event) => this.#key(event));
    // A tile must not slip away under a finger that is about to touch it.
    this.addEventListener("pointermove", () => { this.#touchedAt = performance.now(); }, { passive: true });
    this.addEventListener("pointerdown", () => { this.#touchedAt = performance.now(); });
    new ResizeObserver(() => this.#layout()).observe(this);
  }

  bind(plant, open) {
    this.#plant = plant;
    this.#open = open;
    plant.addEventListener("machines", () => this.#reorder());
    plant.addEventListener("machine", (event) => {
      const tile = this.#tiles.get(event.detail.id);
      if (tile) this.#fill(tile, event.detail);
    });
    setInterval(() => this.#tick(), 1000);
  }

  show(category, text) {
    this.#category = category;
    this.#text = text.toLowerCase();
    this.scrollTop = 0;
    this.#reorder(true);
  }

  #reorder(isNow = false) {
    const hold = holdMs - (performance.now() - this.#touchedAt);
    if (hold > 0 && !isNow) {
      this.#waiting ||= setTimeout(() => { this.#waiting = 0; this.#reorder(); }, hold);
      return;
    }
    const now = this.#plant.now();
    this.#shown = this.#plant.order.filter((machine) =>
      (!this.#category || categoryOf(machine, now) === this.#category)
      && (!this.#text || machine.id.toLowerCase().includes(this.#text)));
    this.#layout();
    this.dispatchEvent(new CustomEvent("shown", { detail: this.#shown }));
  }

  #layout() {
    const width = this.space.clientWidth;
    if (width === 0) return;
    this.#columns = Math.max(1, Math.floor((width + gap) / (widthMin + gap)));
    const rows = Math.ceil(this.#shown.length / this.#columns);
    this.space.style.height = `${rows * (height + gap)}px`;
    this.#focused = Math.min(this.#focused, Math.max(0, this.#shown.length - 1));
    this.#draw();
    this.#empty();
  }

  #empty() {
    this.querySelector(".empty")?.remove();
    if (this.#shown.length > 0) return;
    const empty = document.createElement("p");
    empty.className = "empty";
    empty.textContent = this.#plant?.total === 0 ? "No machine has been heard yet." : "No machine matches.";
    this.append(empty);
  }

  #draw() {
    const first = Math.max(0, Math.floor(this.scrollTop / (height + gap)) - 1) * this.#columns;
    const last = Math.min(this.#shown.length, first + (Math.ceil(this.clientHeight / (height + gap)) + 3) * this.#columns);
    const width = (this.space.clientWidth - gap * (this.#columns - 1)) / this.#columns;
    const gone = new Set(this.#tiles.keys());
    for (let index = first; index < last; index++) {
      const machine = this.#shown[index];
      gone.delete(machine.id);
      let tile = this.#tiles.get(machine.id);
      if (!tile) {
        tile = this.#make(machine.id);
        this.#tiles.set(machine.id, tile);
        this.space.append(tile);
      }
      tile.index = index;
      tile.tabIndex = index === this.#focused ? 0 : -1;
      tile.style.width = `${width}px`;
      tile.style.height = `${height}px`;
      tile.style.transform = `translate(${(index % this.#columns) * (width + gap)}px, ${Math.floor(index / this.#columns) * (height + gap)}px)`;
      this.#fill(tile, machine);
    }
    for (const id of gone) {
      this.#tiles.get(id).remove();
      this.#tiles.delete(id);
    }
  }

  #make(id) {
    const tile = document.createElement("button");
    tile.type = "button";
    tile.mark = shape("other");
    const part = (name) => Object.assign(document.createElement("span"), { className: name });
    [tile.name_, tile.category_, tile.word_, tile.time_] = ["name", "visually-hidden", "word", "time"].map(part);
    tile.name_.textContent = id;
    // What the shape says to eyes, the hidden word says to ears.
    tile.append(tile.mark, tile.name_, tile.category_, tile.word_, tile.time_);
    tile.addEventListener("click", () => { this.#focused = tile.index; this.#open(id); });
    tile.addEventListener("focus", () => { this.#focused = tile.index; });
    return tile;
  }

  #fill(tile, machine) {
    const now = this.#plant.now();
    const quiet = silence(machine, now);
    const state = machine.first;
    const category = state?.category ?? "other";
    tile.machine = machine;
    // Down, but not yet for long enough to be announced: it may yet be a micro-stop.
    const isFresh = category === "down" && !state.downtime;
    tile.className = `tile ${category}${quiet ? " stale" : ""}${isFresh ? " fresh" : ""}`;
    recolour(tile.mark, quiet ? "unknown" : category);
    tile.category_.textContent = words[quiet ? "unknown" : category];
    const others = [...machine.states.values()].filter((other) => other !== state).map((other) => other.state);
    const why = [state?.reason, state?.state ?? "no state yet", ...others].filter(Boolean).join(" · ");
    tile.word_.textContent = quiet ? `no data ${duration(quiet)} · was ${state?.state ?? "unknown"}` : why;
    this.#age(tile, now);
  }

  #age(tile, now) {
    const state = tile.machine.first;
    tile.time_.textContent = state ? duration(now - state.sinceMs) : "";
  }

  #tick() {
    const now = this.#plant.now();
    for (const tile of this.#tiles.values()) {
      if (silence(tile.machine, now)) this.#fill(tile, tile.machine);
      else this.#age(tile, now);
    }
  }

  #key(event) {
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: this.#columns, ArrowUp: -this.#columns, Home: -Infinity, End: Infinity };
    if (!(event.key in steps) || this.#shown.length === 0) return;
    event.preventDefault();
    this.#focused = Math.max(0, Math.min(this.#shown.length - 1, this.#focused + steps[event.key]));
    const top = Math.floor(this.#focused / this.#columns) * (height + gap);
    if (top < this.scrollTop) this.scrollTop = top;
    if (top + height > this.scrollTop + this.clientHeight) this.scrollTop = top + height - this.clientHeight + gap;
    this.#draw();
    this.#tiles.get(this.#shown[this.#focused].id)?.focus({ preventScroll: true });
  }
}

customElements.define("hp-tiles", Tiles);
