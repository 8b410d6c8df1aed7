// What the page knows: machines, downtimes and the system's own state. Loaded once, then told by the live stream.

import { attention } from "./shapes.js";

const pageMachines = 2000;
// Beyond it the server searches, and the page shows who needs attention first.
const machinesMax = 40_000;
const reloadMs = 10_000;
// More than a page is loaded less often, and still well before a machine would be taken for silent.
const reloadManyMs = 30_000;
const names = new Intl.Collator("en", { numeric: true });

/** Events: machines (order or content changed), machine (one; detail = machine), transition, downtime, status, link. */
export class Plant extends EventTarget {
  machines = new Map();
  order = [];
  total = 0;
  status = null;
  rules = [];
  link = "connecting";
  #offset = 0;
  #search = "";
  #sorting = 0;
  #loading = Promise.resolve();
  // Of whom the live stream told something while they were loaded: what was loaded may be older.
  #told = new Set();

  /** The server's clock, because a tablet's may be wrong. */
  now() { return Date.now() + this.#offset; }

  get isPartial() { return this.total > this.machines.size; }

  async start() {
    await Promise.all([this.load(), this.#loadRules()]);
    this.#follow();
    const again = () => setTimeout(() => this.load().catch(() => {}).finally(again), this.total > pageMachines ? reloadManyMs : reloadMs);
    again();
  }

  async get(path) {
    const response = await fetch(path, { headers: { accept: "application/json" } });
    if (response.status === 401) location.reload();
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    return response.json();
  }

  /** A change; throws what the service says against it. */
  async change(method, path, body) {
    const response = await fetch(path, { method, headers: { "content-type": "application/json" }, body: body && JSON.stringify(body) });
    if (response.status === 401) location.reload();
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.detail);
    return answer;
  }

  /** Loads machines anew: at start, when the stream had a gap, and now and then for their freshness. */
  load() {
    this.#loading = this.#loading.then(() => this.#load(), () => this.#load());
    return this.#loading;
  }

  async #load() {
    const search = this.#search;
    this.#told.clear();
    const isFirst = this.machines.size === 0;
    // Who needs attention comes first, and is shown at once.
    const first = await this.#page("attention", search, "0");
    if (search !== this.#search) return;
    const loaded = new Map(first.items.map((item) => [item.id, machine(item)]));
    this.total = first.total;
    if (first.next !== null && first.total <= machinesMax) {
      if (isFirst) this.#adopt(loaded);
      // By name, because that order does not move while it is read.
      for (let next = "0"; next !== null;) {
        const page = await this.#page("id", search, next);
        if (search !== this.#search) return;
        for (const item of page.items) if (!this.#told.has(item.id)) loaded.set(item.id, machine(item));
        next = page.next;
      }
    }
    this.#adopt(loaded);
  }

  async #page(sort, search, cursor) {
    const page = await this.get(`/api/v1/equipment?sort=${sort}&limit=${pageMachines}&cursor=${cursor}&search=${encodeURIComponent(search)}`);
    this.#offset = Date.parse(page.at) - Date.now();
    return page;
  }

  /** Places by name are looked up while all machines are known from before: comparing names is what sorting costs. */
  #adopt(loaded) {
    let isNew = false;
    for (const id of this.#told) loaded.set(id, this.machines.get(id));
    for (const [id, each] of loaded) {
      each.place = this.machines.get(id)?.place ?? -1;
      isNew ||= each.place < 0;
    }
    if (isNew) [...loaded.values()].sort((a, b) => names.compare(a.id, b.id)).forEach((each, place) => { each.place = place; });
    this.machines = loaded;
    this.#sort();
  }

  /** With more machines than a page holds, the server searches. */
  async search(text) {
    const wasSearched = this.#search !== "";
    this.#search = this.isPartial || wasSearched ? text : "";
    if (this.#search !== "" || wasSearched) await this.load();
  }

  async #loadRules() {
    const rules = await this.get("/api/v1/rules");
    this.rules = rules.rules;
    this.dispatchEvent(new Event("rules"));
  }

  #follow() {
    const stream = new EventSource("/api/v1/live");
    const on = (kind, then) => stream.addEventListener(kind, (event) => then(JSON.parse(event.data)));
    on("transition", (row) => this.#transition(row));
    on("downtime", (row) => this.#downtime(row));
    on("acknowledgement", (row) => this.dispatchEvent(new CustomEvent("downtime", { detail: row })));
    on("system", (status) => this.#system(status));
    on("resync", () => { this.load(); this.dispatchEvent(new Event("resync")); });
    stream.onopen = () => this.#linked("live");
    stream.onerror = () => this.#linked("lost");
  }

  #linked(link) {
    this.link = link;
    this.dispatchEvent(new Event("link"));
  }

  #system(status) {
    const versionBefore = this.status?.rulesVersion;
    this.status = status;
    this.#offset = Date.parse(status.at) - Date.now();
    if (versionBefore !== undefined && versionBefore !== status.rulesVersion) this.#loadRules().catch(() => {});
    this.dispatchEvent(new Event("status"));
  }

  #of(id) {
    let known = this.machines.get(id);
    if (!known) {
      if (this.#search !== "") return null;
      known = machine({ id, states: [], lastReceivedAt: null });
      known.place = this.machines.size;
      this.machines.set(id, known);
      this.total = Math.max(this.total, this.machines.size);
    }
    return known;
  }

  #transition(row) {
    row.sinceMs = Date.parse(row.since);
    this.dispatchEvent(new CustomEvent("transition", { detail: row }));
    const known = this.#of(row.equipmentId);
    if (!known) return;
    if (row.toState === null) known.states.delete(row.ruleId);
    else {
      known.states.set(row.ruleId, {
        ruleId: row.ruleId, state: row.toState, category: row.toCategory ?? "other", reason: row.reason, sinceMs: row.sinceMs,
        downtime: known.states.get(row.ruleId)?.downtime ?? null,
      });
    }
    this.#touched(known);
  }

  #downtime(row) {
    this.dispatchEvent(new CustomEvent("downtime", { detail: row }));
    const known = this.#of(row.equipmentId);
    const state = known?.states.get(row.ruleId);
    if (!state) return;
    state.downtime = row.status === "open" ? row : null;
    this.#touched(known);
  }

  #touched(known) {
    this.#told.add(known.id);
    known.lastReceivedMs = Math.max(known.lastReceivedMs ?? 0, this.now());
    known.first = first(known.states);
    this.dispatchEvent(new CustomEvent("machine", { detail: known }));
    this.#sorting ||= setTimeout(() => this.#sort(), 400);
  }

  #sort() {
    clearTimeout(this.#sorting);
    this.#sorting = 0;
    const now = this.now();
    const rank = (machine) => [attention[categoryOf(machine, now)], machine.first?.downtime ? 1 : 0];
    this.order = [...this.machines.values()]
      .map((machine) => ({ machine, rank: rank(machine) }))
      .sort(byAttention)
      .map((each) => each.machine);
    this.dispatchEvent(new Event("machines"));
  }
}

function machine(item) {
  const states = new Map(item.states.map((state) => [state.ruleId, {
    ...state, category: state.category ?? "other", sinceMs: Date.parse(state.since),
  }]));
  return {
    id: item.id,
    states,
    first: first(states),
    lastReceivedMs: item.lastReceivedAt ? Date.parse(item.lastReceivedAt) : null,
  };
}

/** The state that wants attention most. */
function first(states) {
  let best = null;
  for (const state of states.values()) {
    if (!best || attention[state.category] > attention[best.category]) best = state;
  }
  return best;
}

/** Down first, of these the announced ones before what may yet be a micro-stop; of one sort the newest first. */
function byAttention(a, b) {
  return b.rank[0] - a.rank[0]
    || b.rank[1] - a.rank[1]
    || (a.rank[0] === 0 ? 0 : (b.machine.first?.sinceMs ?? 0) - (a.machine.first?.sinceMs ?? 0))
    || a.machine.place - b.machine.place;
}

const staleMs = 45_000;

/** How long nothing was heard of a machine, or 0 while it is fresh. A stale value is never shown as live. */
export const silence = (machine, now) =>
  machine.lastReceivedMs && now - machine.lastReceivedMs > staleMs ? now - machine.lastReceivedMs : 0;

/** Who runs, as far as was heard, and was not heard for long, is unknown. */
export function categoryOf(machine, now) {
  const category = machine.first?.category ?? "other";
  return category === "other" && silence(machine, now) > 0 ? "unknown" : category;
}
