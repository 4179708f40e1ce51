// What an operator should look at first, out of devices and deployments. Pure functions.
import { stateText } from "./format";
import type { Deployment, Device } from "./types";

// One word for a device: "offline" beats "unhealthy" beats "online".
export function deviceState(device: Device): "online" | "offline" | "unhealthy" {
  if (!device.online) return "offline";
  return device.reported?.apps.some((app) => !app.healthy) ? "unhealthy" : "online";
}

// "obstacle:2, press-guard:14" of a device; "" when nothing runs.
export function runningText(device: Device): string {
  const running = device.reported?.apps.filter((app) => app.running_version > 0) ?? [];
  return running.map((app) => `${app.app}:${app.running_version}`).join(", ");
}

export interface Concern {
  key: string;
  state: string;
  page: "devices" | "deployments";
  id: string; // of the page
  name: string;
  text: string;
}

export function concerns(devices: Device[], deployments: Deployment[]): Concern[] {
  const found: Concern[] = [];
  for (const deployment of deployments) {
    if (deployment.state === "superseded") continue;
    for (const d of deployment.devices) {
      if (d.state !== "rolled_back" && d.state !== "failed") continue;
      found.push({
        key: `${deployment.id}/${d.device}`,
        state: d.state,
        page: "deployments",
        id: deployment.id,
        name: `${deployment.app}:${deployment.version} on ${deviceName(devices, d.device)}`,
        text: d.detail || `${stateText(d.state)}, no reason given`,
      });
    }
  }
  for (const device of devices) {
    const state = deviceState(device);
    if (state === "online") continue;
    const apps = device.reported?.apps.filter((app) => !app.healthy).map((app) => app.app) ?? [];
    found.push({
      key: device.id,
      state,
      page: "devices",
      id: device.id,
      name: device.name,
      text: state === "unhealthy" ? `not healthy: ${apps.join(", ")}` : "no contact",
    });
  }
  return found;
}

export function deviceName(devices: Device[], id: string): string {
  return devices.find((d) => d.id === id)?.name ?? id;
}

// Rows that contain every word of the search in any of their texts, in any case.
export function matches(search: string, texts: string[]): boolean {
  const hay = texts.join("\n").toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => hay.includes(word));
}
