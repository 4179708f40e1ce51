import { deployments, device, events } from "../api";
import { bytes, count, duration, latency } from "../format";
import { deviceState } from "../health";
import { readHeartbeat } from "../heartbeat";
import { usePolled } from "../poll";
import { link } from "../router";
import type { Deployment, Device, ElementStats, Reported, ReportedApp, ReportedDeployment } from "../types";
import { EventList } from "../ui/event_list";
import { Ago, Badge, Empty, Panel, Problem, Table, Title, Waiting } from "../ui/parts";

// Half of the runs took at most the dark part, 99 of 100 at most the light one; all bars of an app share one scale.
function LatencyBar({ of, longest_us }: { of: ElementStats; longest_us: number }) {
  const scale = 100 / Math.max(longest_us, 1);
  return (
    <svg class="latency" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
      <rect class="p99" width={of.p99_us * scale} height={6} />
      <rect class="p50" width={of.p50_us * scale} height={6} />
    </svg>
  );
}

function Elements({ of }: { of: ElementStats[] }) {
  const longest_us = Math.max(...of.map((e) => e.p99_us));
  return (
    <Table
      label="Elements of the pipeline"
      rows={of}
      rowKey={(e) => e.id}
      stays_table
      columns={[
        { head: "Element", cell: (e) => e.id },
        { head: "Items", cell: (e) => count(e.count), is_number: true, is_optional: true },
        { head: "Drops", cell: (e) => <span class={e.drops > 0 ? "warn" : ""}>{count(e.drops)}</span>, is_number: true },
        { head: "Half within", cell: (e) => latency(e.p50_us), is_number: true },
        { head: "99 % within", cell: (e) => latency(e.p99_us), is_number: true },
        { head: "Latency", cell: (e) => <LatencyBar of={e} longest_us={longest_us} />, is_optional: true },
      ]}
    />
  );
}

function App({ of, wanted }: { of: ReportedApp; wanted: number | undefined }) {
  const heartbeat = readHeartbeat(of.heartbeat);
  return (
    <article class="app">
      <h3>
        {of.running_version === 0 ? of.app : `${of.app}:${of.running_version}`}
        <Badge state={of.healthy ? "healthy" : "unhealthy"} />
        <span class="dim">{of.running_version === 0 ? "no version runs" : of.slot && `slot ${of.slot}`}</span>
        {wanted !== undefined && wanted !== of.running_version && <span class="warn">the hub wants version {wanted}</span>}
      </h3>
      {heartbeat ? (
        <>
          <p class="dim">
            up {duration(heartbeat.uptime_ms)}, {count(heartbeat.frames)} frames
          </p>
          {heartbeat.elements.length > 0 && <Elements of={heartbeat.elements} />}
        </>
      ) : (
        <p class="dim">no heartbeat</p>
      )}
    </article>
  );
}

function Rollouts({ of, all }: { of: ReportedDeployment[]; all: Deployment[] }) {
  const release = (id: string) => {
    const found = all.find((d) => d.id === id);
    return found ? `${found.app}:${found.version}` : id;
  };
  return (
    <Table
      label="Deployments on this device"
      rows={[...of].sort((a, b) => b.updated_at - a.updated_at)}
      rowKey={(d) => d.deployment}
      columns={[
        { head: "Release", cell: (d) => <a href={link("deployments", d.deployment)}>{release(d.deployment)}</a> },
        { head: "State", cell: (d) => <Badge state={d.state} /> },
        { head: "Reason", cell: (d) => <span class="reason">{d.detail}</span> },
        { head: "Changed", cell: (d) => <Ago ms={d.updated_at} /> },
      ]}
    />
  );
}

function Facts({ of, reported }: { of: Device; reported: Reported | null }) {
  const inventory = reported?.inventory ?? {};
  const facts: [string, string | null | undefined][] = [
    ["Id", of.id],
    ["Group", of.group],
    ["Agent", reported?.agent_version],
    ["Processor", inventory.cpu],
    ["Cores", inventory.cores === undefined ? null : String(inventory.cores)],
    ["Instructions", inventory.isa?.join(", ")],
    ["Memory", inventory.memory_bytes === undefined ? null : bytes(inventory.memory_bytes)],
    ["System", inventory.os],
    ["Waiting in its outbox", reported ? `${count(reported.outbox.pending)} events` : null],
    ["Dropped by its quota", reported ? `${count(reported.outbox.dropped)} events` : null],
  ];
  return (
    <dl>
      {facts.map(([name, value]) =>
        value ? (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ) : null,
      )}
      <div>
        <dt>Enrolled</dt>
        <dd>
          <Ago ms={of.enrolled_at} />
        </dd>
      </div>
    </dl>
  );
}

export function DevicePage({ id }: { id: string }) {
  const { data, error } = usePolled(`device/${id}`, 3000, async (signal) => {
    const [one, all, recent] = await Promise.all([
      device(id, signal),
      deployments(signal),
      events({ device: id, limit: 10 }, signal),
    ]);
    return { one, all, recent: recent.events.reverse() };
  });
  if (!data) return <Waiting error={error} />;
  const { one, all, recent } = data;
  const reported = one.reported;
  const wanted = (app: string) => one.desired.apps.find((a) => a.app === app)?.version;
  return (
    <>
      <Title text={one.name}>
        <Badge state={deviceState(one)} />
        <span class="dim">
          seen <Ago ms={one.last_seen} />
        </span>
      </Title>
      <Problem text={error} />
      <div class="columns wide-left">
        <div>
          <Panel title="Apps">
            {reported && reported.apps.length > 0 ? (
              reported.apps.map((app) => <App key={app.app} of={app} wanted={wanted(app.app)} />)
            ) : (
              <Empty>{reported ? "Nothing runs on this device." : "The device has not reported yet."}</Empty>
            )}
          </Panel>
          <Panel title="Deployments">
            {reported && reported.deployments.length > 0 ? (
              <Rollouts of={reported.deployments} all={all} />
            ) : (
              <Empty>None has reached this device.</Empty>
            )}
          </Panel>
        </div>
        <div>
          <Panel title="Device">
            <Facts of={one} reported={reported} />
          </Panel>
          <Panel title="Recent events" extra={<a href={link("events", undefined, { device: id })}>All</a>}>
            {recent.length === 0 ? <Empty>None yet.</Empty> : <EventList events={recent} />}
          </Panel>
        </div>
      </div>
    </>
  );
}
