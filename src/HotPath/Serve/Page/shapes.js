// What each category looks like, on tiles (SVG) and on lanes (canvas): shape and pattern first, colour second.

export const categories = ["down", "unknown", "planned", "other"];
export const words = { down: "Down", unknown: "Unknown", planned: "Planned", other: "Running" };
export const attention = { down: 3, unknown: 2, planned: 1, other: 0 };

const paths = {
  down: "M2 2h12v12H2z",
  unknown: "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2",
  planned: "M8 .8 15.2 8 8 15.2.8 8z",
  other: "M8 5a3 3 0 1 1 0 6 3 3 0 0 1 0-6",
};

/** An SVG of the category's shape. */
export function shape(category) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", `shape ${category}`);
  const path = document.createElementNS(svg.namespaceURI, "path");
  path.setAttribute("d", paths[category]);
  svg.append(path);
  return svg;
}

export function recolour(svg, category) {
  svg.setAttribute("class", `shape ${category}`);
  svg.firstChild.setAttribute("d", paths[category]);
}

/** The page's colours for canvases; asked anew when light turns to dark. */
export function colours() {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: of("ink"), soft: of("soft"), line: of("line"), panel: of("panel"), raised: of("raised"),
    calm: of("calm"), calmSoft: of("calm-soft"), focus: of("focus"),
    down: of("down"), downPast: of("down-past"), planned: of("planned"), plannedSoft: of("planned-soft"), unknown: of("unknown"), unknownSoft: of("unknown-soft"),
  };
}

export const whenColoursChange = (then) =>
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", then);

/** Fills for lanes: a line while it runs, a full bar while it is down, stripes one way or the other between. */
export function fills(context, colour, ratio) {
  const stripes = (front, back, step, isSteep) => {
    const tile = document.createElement("canvas");
    tile.width = tile.height = step * ratio;
    const draw = tile.getContext("2d");
    draw.scale(ratio, ratio);
    draw.fillStyle = back;
    draw.fillRect(0, 0, step, step);
    draw.strokeStyle = front;
    draw.lineWidth = step / 3;
    draw.beginPath();
    for (const at of [-step, 0, step]) {
      if (isSteep) { draw.moveTo(at, step); draw.lineTo(at + step, 0); }
      else { draw.moveTo(at, 0); draw.lineTo(at + step, step); }
    }
    draw.stroke();
    const pattern = context.createPattern(tile, "repeat");
    pattern.setTransform(new DOMMatrix().scale(1 / ratio));
    return pattern;
  };
  return {
    down: { fill: colour.downPast, now: colour.down, height: 1 },
    planned: { fill: stripes(colour.planned, colour.plannedSoft, 7, true), height: .62 },
    unknown: { fill: stripes(colour.unknown, colour.unknownSoft, 6, false), height: .62 },
    other: { fill: colour.calm, height: .26 },
  };
}
