// Numbers, times and states as people read them. Pure functions.
import type { Deployment, DeviceState, HubEvent } from "./types";

const UNITS: [string, number][] = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1_000],
];

// "5 s", "3 min", "2 h 5 min", "4 d 2 h"
export function duration(ms: number): string {
  if (ms < 1000) return "0 s";
  for (const [i, [unit, size]] of UNITS.entries()) {
    if (ms < size) continue;
    const whole = Math.floor(ms / size);
    const next = UNITS[i + 1];
    const rest = next && unit !== "min" ? Math.floor((ms % size) / next[1]) : 0;
    return next && rest > 0 ? `${whole} ${unit} ${rest} ${next[0]}` : `${whole} ${unit}`;
  }
  return "0 s";
}

// "just now", "12 s ago", "3 h ago"; a time ahead of our clock is "just now" (clocks differ a little).
export function ago(then_ms: number, now_ms: number): string {
  const passed = now_ms - then_ms;
  if (passed < 2000) return "just now";
  for (const [unit, size] of UNITS) {
    if (passed >= size) return `${Math.floor(passed / size)} ${unit} ago`;
  }
  return "just now";
}

// "2026-03-01 09:30:05" in the reader's time zone
export function dateTime(ms: number): string {
  const d = new Date(ms);
  const two = (n: number) => String(n).padStart(2, "0");
  return (
    `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())} ` +
    `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`
  );
}

// "512 B", "1.5 KiB", "34 MiB"
export function bytes(n: number): string {
  if (n < 1024) return `${n} B`;
  let value = n;
  let unit = "B";
  for (const next of ["KiB", "MiB", "GiB", "TiB"]) {
    if (value < 1024) break;
    value /= 1024;
    unit = next;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${unit}`;
}

// "850 \u00b5s", "21.4 ms", "1.20 s"
export function latency(us: number): string {
  if (us < 1000) return `${Math.round(us)} \u00b5s`;
  if (us < 1_000_000) return `${(us / 1000).toFixed(us < 100_000 ? 1 : 0)} ms`;
  return `${(us / 1_000_000).toFixed(2)} s`;
}

export function count(n: number): string {
  return n.toLocaleString("en-GB").replaceAll(",", " ");
}

// Position in a recording: "0:41", "1:02:03"
export function mediaTime(ms: number): string {
  const total = Math.floor(ms / 1000);
  const two = (n: number) => String(n).padStart(2, "0");
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor((total % 3600) / 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(total % 60)}` : `${minutes}:${two(total % 60)}`;
}

export type Tone = "good" | "busy" | "bad" | "quiet";

const TONES: Record<string, Tone> = {
  committed: "good",
  completed: "good",
  online: "good",
  healthy: "good",
  rolled_back: "bad",
  failed: "bad",
  unhealthy: "bad",
  alert: "bad",
  active: "busy",
  downloading: "busy",
  verifying: "busy",
  installing: "busy",
  proving: "busy",
};

export function tone(state: string): Tone {
  return TONES[state] ?? "quiet";
}

export function stateText(state: string): string {
  return state.replaceAll("_", " ");
}

// The parts of a deployment's progress bar, in the order they are drawn.
export function progress(d: Deployment): { tone: Tone; label: string; n: number }[] {
  const n = (...states: DeviceState[]) => states.reduce((sum, s) => sum + (d.counts[s] ?? 0), 0);
  return [
    { tone: "good" as const, label: "committed", n: n("committed") },
    { tone: "busy" as const, label: "under way", n: n("downloading", "verifying", "installing", "proving") },
    { tone: "bad" as const, label: "rolled back", n: n("rolled_back") },
    { tone: "bad" as const, label: "failed", n: n("failed") },
    { tone: "quiet" as const, label: "pending", n: n("pending") },
  ].filter((part) => part.n > 0);
}

function plain(value: unknown): string {
  const is_plain = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
  return is_plain ? String(value) : "";
}

// One line out of an event's data: the fields of a detection first, then what else is short.
export function eventText(event: HubEvent): string {
  if (typeof event.data !== "object" || event.data === null) return plain(event.data);
  const data = event.data as Record<string, unknown>;
  const parts: string[] = [];
  if (typeof data["label"] === "string") parts.push(data["label"]);
  if (typeof data["score"] === "number") parts.push(data["score"].toFixed(2));
  if (typeof data["zone"] === "string" && data["zone"] !== "") parts.push(`in ${data["zone"]}`);
  if (typeof data["track"] === "number") parts.push(`track ${data["track"]}`);
  if (parts.length > 0) return parts.join(" \u00b7 ");
  for (const [key, value] of Object.entries(data)) {
    const text = plain(value);
    if (text !== "") parts.push(`${key} ${text}`);
    if (parts.length === 4) break;
  }
  return parts.join(" \u00b7 ");
}
