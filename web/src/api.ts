// The door to the hub. Every call sends the operator's token; the token lives in this tab's session storage only.
import type { Deployment, Device, HubEvent, Release, Summary } from "./types";

const TOKEN_KEY = "verge.token";
const PAGE_SIZE = 200;

export class ApiError extends Error {
  constructor(
    readonly status: number, // 0: the hub could not be reached
    message: string,
  ) {
    super(message);
  }
}

export function token(): string | null {
  return sessionStorage.getItem(TOKEN_KEY);
}

export function setToken(value: string | null): void {
  if (value === null) sessionStorage.removeItem(TOKEN_KEY);
  else sessionStorage.setItem(TOKEN_KEY, value);
}

// Called with 401: the token is unknown or was withdrawn.
let onUnauthorized: () => void = () => {};
export function whenUnauthorized(callback: () => void): void {
  onUnauthorized = callback;
}

// The sentence for the user out of an error answer, which should be application/problem+json and may be anything.
export function problemText(status: number, body: string): string {
  try {
    const problem: unknown = JSON.parse(body);
    if (typeof problem === "object" && problem !== null) {
      const { detail, title } = problem as { detail?: unknown; title?: unknown };
      if (typeof detail === "string" && detail !== "") return detail;
      if (typeof title === "string" && title !== "") return title;
    }
  } catch {
    // not JSON: a proxy's page; its text helps nobody
  }
  return `the hub answered with status ${status}`;
}

export function queryString(params: Record<string, string | number | undefined>): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(params)) {
    if (value !== undefined && value !== "") query.set(key, String(value));
  }
  const text = query.toString();
  return text === "" ? "" : `?${text}`;
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`/api/v1/${path}`, {
      headers: { Authorization: `Bearer ${token() ?? ""}` },
      cache: "no-store",
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, "The hub cannot be reached. This page goes on trying.");
  }
  if (response.status === 401) onUnauthorized();
  if (!response.ok) throw new ApiError(response.status, problemText(response.status, await response.text()));
  return (await response.json()) as T;
}

// All devices, page by page.
export async function allDevices(signal?: AbortSignal): Promise<Device[]> {
  const devices: Device[] = [];
  let after: string | undefined;
  do {
    const page: { devices: Device[]; next: string | null } = await get(
      `devices${queryString({ limit: PAGE_SIZE, after })}`,
      signal,
    );
    devices.push(...page.devices);
    after = page.next ?? undefined;
  } while (after !== undefined);
  return devices;
}

export const device = (id: string, signal?: AbortSignal) => get<Device>(`devices/${encodeURIComponent(id)}`, signal);
export const deployment = (id: string, signal?: AbortSignal) =>
  get<Deployment>(`deployments/${encodeURIComponent(id)}`, signal);
export const deployments = async (signal?: AbortSignal) =>
  (await get<{ deployments: Deployment[] }>("deployments", signal)).deployments;
export const releases = async (signal?: AbortSignal) => (await get<{ releases: Release[] }>("releases", signal)).releases;
export const summary = (signal?: AbortSignal) => get<Summary>("summary", signal);

export interface EventQuery {
  device?: string | undefined;
  app?: string | undefined;
  kind?: string | undefined;
  priority?: string | undefined;
  after?: string | undefined;
  limit?: number | undefined;
}

export const events = (query: EventQuery, signal?: AbortSignal) =>
  get<{ events: HubEvent[]; next: string | number }>(`events${queryString({ ...query })}`, signal);
