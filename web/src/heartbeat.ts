// Reads a heartbeat that a device sent. The hub passes it on as it came, so every field is checked here: a device that
// reports nonsense must not be able to break the operator's page.
import type { ElementStats, Heartbeat } from "./types";

const MAX_ELEMENTS = 64;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function number(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : 0;
}

// Null when it is no object at all; what is missing or malformed inside counts as 0 or is left out.
export function readHeartbeat(value: unknown): Heartbeat | null {
  if (!isObject(value)) return null;
  const listed = Array.isArray(value["elements"]) ? value["elements"].slice(0, MAX_ELEMENTS) : [];
  const elements: ElementStats[] = [];
  for (const e of listed as unknown[]) {
    if (!isObject(e) || typeof e["id"] !== "string") continue;
    elements.push({
      id: e["id"],
      count: number(e["count"]),
      drops: number(e["drops"]),
      p50_us: number(e["p50_us"]),
      p99_us: number(e["p99_us"]),
    });
  }
  return { uptime_ms: number(value["uptime_ms"]), frames: number(value["frames"]), elements };
}
