// <hp-machine>: one machine, why it is as it is, and what it did before.

import { duration, moment } from "./format.js";
import { shape } from "./shapes.js";

class Machine extends HTMLElement {
  #plant;
  #id = null;

  connectedCallback() {
    this.dialog = document.createElement("dialog");
    this.dialog.setAttribute("aria-labelledby", "machine-title");
    this.dialog.addEventListener("click", (event) => { if (event.target === this.dialog) this.dialog.close(); });
    this.dialog.addEventListener("close", () => { this.#id = null; });
    this.append(this.dialog);
  }

  bind(plant) {
    this.#plant = plant;
    // What is being typed stays.
    const isOurs = (id) => id === this.#id && !this.dialog.querySelector("form");
    plant.addEventListener("machine", (event) => { if (isOurs(event.detail.id)) this.#load(); });
    plant.addEventListener("downtime", (event) => { if (isOurs(event.detail.equipmentId)) this.#load(); });
  }

  async open(id) {
    this.#id = id;
    await this.#load();
    if (!this.dialog.open) this.dialog.showModal();
  }

  async #load() {
    const id = this.#id;
    const detail = await this.#plant.get(`/api/v1/equipment/${encodeURIComponent(id)}`);
    if (id === this.#id) this.#draw(detail);
  }

  #draw({ equipment, transitions, downtimes, insight }) {
    const opened = new Set([...this.dialog.querySelectorAll("details[open]")].map((each) => each.dataset.cursor));
    const header = document.createElement("header");
    const title = Object.assign(document.createElement("h2"), { id: "machine-title", textContent: equipment.id });
    const close = Object.assign(document.createElement("button"), { type: "button", className: "close", textContent: "×" });
    close.setAttribute("aria-label", "Close");
    close.addEventListener("click", () => this.dialog.close());
    header.append(title, close);

    const body = Object.assign(document.createElement("div"), { className: "body" });
    body.append(this.#now(equipment));
    if (insight) body.append(...this.#next(insight));
    body.append(heading("What happened, and why"));
    if (transitions.length === 0) body.append(line("No transition yet."));
    for (const row of transitions) body.append(this.#transition(row, opened.has(row.cursor)));
    const lost = downtimes.filter((row) => row.category === "down");
    if (lost.length > 0) {
      const ended = lost.filter((row) => row.durationSeconds !== null);
      const total = ended.reduce((sum, row) => sum + row.durationSeconds, 0);
      body.append(heading("Stops"), line(`${ended.length} ended in the history here, ${duration(total * 1000)} together, ${ended.filter((row) => row.micro).length} of them micro-stops.`));
      // A micro-stop needs no reason.
      body.append(...lost.filter((row) => !row.micro).slice(0, stopsMax).map((row) => this.#stop(row)));
    }
    const top = this.dialog.scrollTop;
    this.dialog.replaceChildren(header, body);
    this.dialog.scrollTop = top;
  }

  #now(equipment) {
    const now = Object.assign(document.createElement("div"), { className: "now" });
    for (const state of equipment.states) {
      const box = document.createElement("div");
      const word = Object.assign(document.createElement("b"), { textContent: state.state });
      const since = Object.assign(document.createElement("span"), {
        textContent: [state.ruleId, state.reason, `since ${moment(Date.parse(state.since))}`, duration(this.#plant.now() - Date.parse(state.since))].filter(Boolean).join(" · "),
      });
      box.append(shape(state.category ?? "other"), word, since);
      now.append(box);
    }
    if (equipment.states.length === 0) now.append(line("No rule has said anything of it yet."));
    return now;
  }

  /** What happens by itself, as far as nothing new is heard, and who keeps it waiting. A tag that gets stale is news only when its time is over. */
  #next({ armed, watermark, heldBy }) {
    const near = armed.filter((timer) => timer.kind !== "stale").slice(0, nextMax);
    if (near.length === 0) return [];
    const held = line(`Counted by the machine's own time, which is at ${moment(Date.parse(watermark))}${heldBy ? ` and follows ${heldBy}` : ""}.`);
    return [heading("About to happen"), ...near.map((timer) => line(
      `${moment(Date.parse(timer.at))}: ${nextWords[timer.kind]} ${[timer.state, timer.reason, timer.ruleId].filter(Boolean).join(" · ")}, in ${duration((timer.inSeconds ?? 0) * 1000)}`)), held];
  }

  /** A stop, and what was said of it or can be. */
  #stop(row) {
    const box = Object.assign(document.createElement("div"), { className: "said" });
    const said = row.acknowledgement;
    const when = `${moment(Date.parse(row.startTime))}, ${row.durationSeconds === null ? "still standing" : duration(row.durationSeconds * 1000)}: `;
    const text = Object.assign(document.createElement("span"), {
      textContent: when + (said ? `${said.reason}${said.note ? ` – ${said.note}` : ""} (${said.by}, ${moment(Date.parse(said.at))})` : row.reason ?? "no reason yet"),
    });
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: said ? "Withdraw" : "Acknowledge" });
    button.addEventListener("click", () => (said ? this.#say(box, "DELETE", row) : this.#ask(box, row)));
    box.append(text, button);
    return box;
  }

  #ask(box, row) {
    const form = document.createElement("form");
    const list = Object.assign(document.createElement("datalist"), { id: "reasons" });
    list.append(...reasons.map((reason) => new Option(reason)));
    const field = (name, label, maxLength, isRequired) => {
      const input = Object.assign(document.createElement("input"), { name, maxLength, required: isRequired, placeholder: label, autocomplete: "off" });
      input.setAttribute("aria-label", label);
      return input;
    };
    const reason = field("reason", "Reason", 200, true);
    reason.setAttribute("list", "reasons");
    const note = field("note", "Note", 2000, false);
    const save = Object.assign(document.createElement("button"), { type: "submit", textContent: "Save" });
    form.append(list, reason, note, save);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#say(box, "POST", row, { reason: reason.value, note: note.value || null });
    });
    box.lastElementChild.replaceWith(form);
    reason.focus();
  }

  async #say(box, method, row, body) {
    try {
      await this.#plant.change(method, `/api/v1/downtimes/${encodeURIComponent(row.downtimeId)}/acknowledge`, body);
      await this.#load();
    } catch (refusal) {
      const told = Object.assign(document.createElement("p"), { className: "refused", textContent: refusal.message });
      told.setAttribute("role", "alert");
      box.querySelector(".refused")?.remove();
      box.append(told);
    }
  }

  #transition(row, isOpen) {
    const details = document.createElement("details");
    details.dataset.cursor = row.cursor;
    details.open = isOpen;
    const summary = document.createElement("summary");
    const cell = (className, text) => Object.assign(document.createElement("span"), { className, textContent: text });
    summary.append(
      shape(row.toCategory ?? "other"),
      cell("at", moment(Date.parse(row.since))),
      cell("what", `${row.fromState ?? "–"} → ${row.toState ?? "no rule"}${row.reason ? ` · ${row.reason}` : ""}`),
      cell("cause", row.cause));
    details.append(summary);
    const why = document.createElement("div");
    why.className = "evidence";
    why.textContent = row.evidence === null ? "The evidence is in the table transitions." : plain(row.evidence);
    details.append(why);
    return details;
  }
}

const stopsMax = 20;
const nextMax = 6;

/** Armed timers, in words. */
const nextWords = { hold: "will be", clear: "will be over:", announcement: "will be told as a downtime:" };

/** What plants mostly give; anything else can be typed. */
const reasons = ["No material", "Jam", "Changeover", "Cleaning", "Maintenance", "Tool", "Quality", "No operator", "Break", "Other"];

const heading = (text) => Object.assign(document.createElement("h3"), { textContent: text });
const line = (text) => Object.assign(document.createElement("p"), { className: "foot", textContent: text });

/** Microseconds since 2001 or so; no plant measures anything else with sixteen digits. */
const isTime = (value) => Number.isInteger(value) && value > 1e15 && value < 4e15;

/** JSON without its brackets: a line per fact, indented by depth. */
function plain(value, depth = 0) {
  if (isTime(value)) return moment(value / 1000);
  if (value === null || typeof value !== "object") return String(value);
  const indent = "  ".repeat(depth);
  return Object.entries(value).map(([key, inner]) => {
    const name = Array.isArray(value) ? "–" : `${key}:`;
    const isDeep = inner !== null && typeof inner === "object" && Object.keys(inner).length > 0;
    return isDeep ? `${indent}${name}\n${plain(inner, depth + 1)}` : `${indent}${name} ${plain(inner)}`;
  }).join("\n");
}

customElements.define("hp-machine", Machine);
