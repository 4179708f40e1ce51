// What the hub's API answers: docs/formats/hub-api.md, the part for operators. Times are ms since 1970, UTC.

export interface ElementStats {
  id: string;
  count: number;
  drops: number;
  p50_us: number;
  p99_us: number;
}

// What a runner's heartbeat holds when it is well formed (docs/formats/runner-protocol.md).
export interface Heartbeat {
  uptime_ms: number;
  frames: number;
  elements: ElementStats[];
}

export interface ReportedApp {
  app: string;
  running_version: number; // 0: none runs
  slot: string; // "a", "b" or ""
  healthy: boolean;
  heartbeat: unknown; // free JSON of the device: read it with readHeartbeat()
}

export type DeviceState =
  | "pending"
  | "downloading"
  | "verifying"
  | "installing"
  | "proving"
  | "committed"
  | "rolled_back"
  | "failed";

export interface ReportedDeployment {
  deployment: string;
  state: DeviceState;
  detail: string;
  updated_at: number;
}

export interface Inventory {
  cpu?: string;
  isa?: string[];
  cores?: number;
  memory_bytes?: number;
  os?: string;
}

export interface Reported {
  agent_version: string;
  boot_id: string;
  inventory: Inventory;
  apps: ReportedApp[];
  deployments: ReportedDeployment[];
  outbox: { epoch: number; next_seq: number; pending: number; dropped: number };
}

export interface Desired {
  revision: number;
  apps: { deployment: string; app: string; version: number; manifest_digest: string }[];
}

export interface Device {
  id: string;
  name: string;
  group: string;
  enrolled_at: number;
  last_seen: number | null;
  online: boolean;
  reported: Reported | null;
  desired: Desired;
  events: number;
}

export interface Release {
  app: string;
  version: number;
  manifest_digest: string;
  keyid: string;
  size_bytes: number;
  created_at: number;
}

export interface DeploymentDevice {
  device: string;
  state: DeviceState;
  detail: string;
  updated_at: number;
}

export interface Deployment {
  id: string;
  app: string;
  version: number;
  group: string;
  created_at: number;
  state: "active" | "superseded" | "completed" | "failed";
  devices: DeploymentDevice[];
  counts: Partial<Record<DeviceState, number>>;
}

export type Priority = "alert" | "normal" | "bulk";

export interface HubEvent {
  device: string;
  epoch: number;
  seq: number;
  app: string;
  version: number;
  priority: Priority;
  kind: string;
  time_ms: number;
  media_ms: number;
  received_ms: number;
  data: unknown; // free JSON of the app
}

export interface Summary {
  devices: { total: number; online: number };
  releases: number;
  deployments: { active: number; completed: number; failed: number };
  events: { total: number; alerts_24h: number };
}
