// <hp-strip>: is the system itself well? Grey when it is.

import { clock, count, seconds, short } from "./format.js";
import { colours, whenColoursChange } from "./shapes.js";

const samplesMax = 60;

class Strip extends HTMLElement {
  #plant;
  #rates = [];
  #gauges = new Map();

  connectedCallback() {
    const brand = document.createElement("h1");
    brand.className = "brand";
    brand.append(Object.assign(document.createElement("img"), { src: "/icon.svg", alt: "" }), "HotPath");
    this.append(brand);
    const rate = this.#gauge("rate", "Readings per second");
    this.spark = document.createElement("canvas");
    this.spark.setAttribute("aria-hidden", "true");
    const wrap = document.createElement("div");
    wrap.className = "rate";
    rate.before(wrap);
    wrap.append(rate, this.spark);
    this.#gauge("lost", "Lost");
    this.#gauge("rejected", "Rejected", "less");
    this.#gauge("late", "Late", "less");
    this.#gauge("journal", "Journal");
    this.#gauge("delta", "Tables behind by");
    this.#gauge("rules", "Rules", "less");
    this.#gauge("link", "This page").classList.add("push");
    whenColoursChange(() => this.#drawSpark());
  }

  bind(plant) {
    this.#plant = plant;
    plant.addEventListener("status", () => this.#show(plant.status));
    plant.addEventListener("link", () => this.#link());
    this.#link();
  }

  #gauge(key, name, className = "") {
    const gauge = document.createElement("div");
    gauge.className = `gauge ${className}`;
    const value = Object.assign(document.createElement("span"), { className: "value", textContent: "–" });
    gauge.append(Object.assign(document.createElement("span"), { className: "name", textContent: name }), value);
    this.append(gauge);
    this.#gauges.set(key, { gauge, value });
    return gauge;
  }

  /** level: "" | warn | bad; a mark goes with the colour. */
  #set(key, text, small = "", level = "") {
    const { gauge, value } = this.#gauges.get(key);
    gauge.classList.toggle("bad", level === "bad");
    gauge.classList.toggle("warn", level === "warn");
    const mark = level === "bad" ? "■ " : level === "warn" ? "▲ " : "";
    const note = Object.assign(document.createElement("small"), { textContent: small && ` ${small}` });
    value.replaceChildren(mark + text, note);
  }

  #show(status) {
    const since = `since ${clock(Date.parse(status.startedAt), false)}`;
    this.#rates.push(status.readingsPerSecond);
    if (this.#rates.length > samplesMax) this.#rates.shift();
    this.#set("rate", short(Math.round(status.readingsPerSecond)));
    this.#drawSpark();
    this.#set("lost", count(status.books.lost), since, status.books.lost > 0 ? "bad" : "");
    this.#set("rejected", count(status.books.rejected), "", status.books.rejected > 0 ? "warn" : "");
    this.#set("late", count(status.books.late));
    const behind = Math.max(0, status.positions.published - status.positions.durable);
    this.#set("journal", status.journalFailed ? "failed" : "durable", status.journalFailed ? "nothing is acknowledged" : `${count(behind)} on the way`, status.journalFailed ? "bad" : "");
    this.#set("delta", seconds(status.deltaLagSeconds), "", status.deltaLagSeconds > 120 ? "warn" : "");
    this.#set("rules", `version ${status.rulesVersion}`, status.rulesProblem ? "last change refused" : status.rulesSha256.slice(0, 7), status.rulesProblem ? "warn" : "");
    this.#gauges.get("rules").gauge.title = status.rulesProblem ?? "";
    this.#link();
  }

  #link() {
    const { link, status } = this.#plant;
    if (link === "lost") this.#set("link", "connection lost", "trying again", "bad");
    else if (status && !status.isReady) this.#set("link", "not ready", status.notReadyBecause, "warn");
    else this.#set("link", link === "live" ? "live" : "connecting", status ? clock(Date.parse(status.at)) : "");
  }

  #drawSpark() {
    const ratio = devicePixelRatio || 1;
    const [width, height] = [96, 30];
    [this.spark.width, this.spark.height] = [width * ratio, height * ratio];
    const draw = this.spark.getContext("2d");
    const colour = colours();
    draw.scale(ratio, ratio);
    draw.strokeStyle = colour.soft;
    draw.fillStyle = colour.calmSoft;
    draw.lineWidth = 1.5;
    const max = Math.max(1, ...this.#rates) * 1.1;
    const x = (n) => width - (this.#rates.length - 1 - n) * width / (samplesMax - 1);
    const y = (rate) => height - 2 - rate / max * (height - 4);
    draw.beginPath();
    draw.moveTo(0, height - .5);
    draw.lineTo(width, height - .5);
    draw.stroke();
    if (this.#rates.length < 2) return;
    draw.beginPath();
    this.#rates.forEach((rate, n) => draw.lineTo(x(n), y(rate)));
    draw.stroke();
    draw.lineTo(width, height);
    draw.lineTo(x(0), height);
    draw.fill();
  }
}

customElements.define("hp-strip", Strip);
