// Words for numbers. Everything is said in the same few ways.

const two = (n) => String(n).padStart(2, "0");
const grouped = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** 0:42, 12:07, 3:05:12, 2 d 4 h: as short as it can be and still tick. */
export function duration(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 3600) return `${Math.floor(s / 60)}:${two(s % 60)}`;
  if (s < 86400) return `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
  return `${Math.floor(s / 86400)} d ${Math.floor(s / 3600) % 24} h`;
}

/** For people who listen: "2 minutes 5 seconds". */
export function spoken(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  const parts = [[Math.floor(s / 86400), "day"], [Math.floor(s / 3600) % 24, "hour"], [Math.floor(s / 60) % 60, "minute"], [s % 60, "second"]];
  const said = parts.filter(([n]) => n > 0).slice(0, 2).map(([n, unit]) => `${n} ${unit}${n === 1 ? "" : "s"}`);
  return said.join(" ") || "0 seconds";
}

export const count = (n) => grouped.format(n);

/** 950, 12.4 k, 1.32 M. */
export function short(n) {
  if (n < 1000) return grouped.format(n);
  if (n < 1e6) return `${(n / 1e3).toFixed(n < 1e5 ? 1 : 0)} k`;
  return `${(n / 1e6).toFixed(2)} M`;
}

export function seconds(s) {
  if (s < 1) return `${Math.round(s * 1000)} ms`;
  return s < 60 ? `${s.toFixed(1)} s` : duration(s * 1000);
}

export function clock(ms, withSeconds = true) {
  const d = new Date(ms);
  return `${two(d.getHours())}:${two(d.getMinutes())}${withSeconds ? `:${two(d.getSeconds())}` : ""}`;
}

/** A day only where it is not today. */
export function moment(ms) {
  const d = new Date(ms);
  return d.toDateString() === new Date().toDateString() ? clock(ms) : `${two(d.getDate())}.${two(d.getMonth() + 1)}. ${clock(ms)}`;
}
