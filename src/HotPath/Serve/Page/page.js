// Puts the parts together: one plant, and everything that shows it.

import "./strip.js";
import "./tiles.js";
import { drawLegend } from "./timeline.js";
import "./downtimes.js";
import "./pareto.js";
import "./machine.js";
import { Plant, categoryOf } from "./plant.js";
import { categories, shape, words } from "./shapes.js";

const $ = (selector) => document.querySelector(selector);
const [strip, tiles, timeline, downtimes, pareto, dialog] =
  ["hp-strip", "hp-tiles", "hp-timeline", "hp-downtimes", "hp-pareto", "hp-machine"].map($);
const plant = new Plant();
const open = (id) => dialog.open(id);

/** A row of buttons of which one is pressed. */
function segments(place, choices, chosen, then) {
  const buttons = choices.map(([value, text]) => {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: text });
    button.setAttribute("aria-pressed", String(value === chosen));
    button.addEventListener("click", () => {
      buttons.forEach((each) => each.setAttribute("aria-pressed", String(each === button)));
      then(value);
    });
    return button;
  });
  place.append(...buttons);
  return buttons;
}

function chips() {
  let pressed = null;
  const place = $(".chips");
  const made = categories.map((category) => {
    const chip = Object.assign(document.createElement("button"), { type: "button", className: `chip ${category}` });
    chip.number = document.createElement("b");
    chip.append(shape(category), chip.number, Object.assign(document.createElement("span"), { textContent: words[category].toLowerCase() }));
    chip.setAttribute("aria-pressed", "false");
    chip.addEventListener("click", () => {
      pressed = pressed === category ? null : category;
      made.forEach((each) => each.setAttribute("aria-pressed", String(each === chip && pressed !== null)));
      tiles.show(pressed, $("#search").value);
    });
    return chip;
  });
  place.append(...made);
  const fill = () => {
    const counts = plant.status?.counts;
    // The status counts machines that a rule has spoken of; the wall knows the silent ones too.
    const now = plant.now();
    made.forEach((chip, n) => {
      const category = categories[n];
      const number = counts && plant.isPartial ? counts[category] : plant.order.filter((machine) => categoryOf(machine, now) === category).length;
      chip.number.textContent = number;
      chip.classList.toggle("some", number > 0);
    });
    const down = Number(made[0].number.textContent);
    document.title = down > 0 ? `${down} down · HotPath` : "HotPath";
  };
  plant.addEventListener("machines", fill);
  plant.addEventListener("status", fill);
  let typing = 0;
  $("#search").addEventListener("input", (event) => {
    tiles.show(pressed, event.target.value);
    clearTimeout(typing);
    typing = setTimeout(() => plant.search(event.target.value).catch(() => {}), 300);
  });
}

function windows() {
  const minute = 60_000;
  const choices = [[15 * minute, "15 min"], [60 * minute, "1 h"], [240 * minute, "4 h"], [480 * minute, "8 h"], [1440 * minute, "24 h"]];
  const place = $("#window");
  const back = Object.assign(document.createElement("button"), { type: "button", textContent: "◂" });
  back.setAttribute("aria-label", "Earlier");
  place.append(back);
  segments(place, choices, 60 * minute, (ms) => {
    timeline.windowMs = ms;
    pareto.windowMs = ms;
  });
  const forth = Object.assign(document.createElement("button"), { type: "button", textContent: "▸", disabled: true });
  forth.setAttribute("aria-label", "Later");
  place.append(forth);
  const step = (direction) => {
    timeline.step(direction);
    forth.disabled = timeline.isFollowing;
  };
  back.addEventListener("click", () => step(-1));
  forth.addEventListener("click", () => step(1));
  timeline.addEventListener("step", (event) => step(event.detail));
}

function rules() {
  const select = $("#rule");
  const fill = () => {
    const driving = plant.rules.filter((rule) => rule.drivesDowntime);
    const shown = driving.length > 0 ? driving : plant.rules;
    const before = select.value;
    select.replaceChildren(...shown.map((rule) => new Option(rule.title ?? rule.id, rule.id)));
    if (shown.some((rule) => rule.id === before)) select.value = before;
    select.hidden = shown.length < 2;
    if (select.value !== before && select.value) timeline.rule = select.value;
  };
  plant.addEventListener("rules", fill);
  select.addEventListener("change", () => { timeline.rule = select.value; });
}

/** Says aloud, at most every two seconds, who went down. */
function announcements() {
  let waiting = [];
  plant.addEventListener("transition", ({ detail }) => {
    if (detail.toCategory !== "down" || detail.fromCategory === "down") return;
    if (waiting.length === 0) {
      setTimeout(() => {
        $("#said").textContent = waiting.length > 3 ? `${waiting.length} machines went down` : waiting.join(". ");
        waiting = [];
      }, 2000);
    }
    waiting.push(`${detail.equipmentId}: ${detail.toState}${detail.reason ? `, ${detail.reason}` : ""}`);
  });
}

strip.bind(plant);
tiles.bind(plant, open);
timeline.bind(plant, open);
dialog.bind(plant);
tiles.addEventListener("shown", (event) => timeline.show(event.detail));
chips();
windows();
rules();
announcements();
drawLegend($(".legend"));
segments($("#which"), [["open", "Open"], ["stops", "Stops"], ["all", "All"]], "stops", (which) => { downtimes.which = which; });
segments($("#measure"), [["time", "Time"], ["count", "Count"]], "time", (measure) => { pareto.measure = measure; });

await plant.start();
downtimes.bind(plant, open);
pareto.bind(plant);
