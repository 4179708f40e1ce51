import { allDevices, deployments, events, summary } from "../api";
import { count } from "../format";
import { concerns, deviceName } from "../health";
import { usePolled } from "../poll";
import { link } from "../router";
import type { Deployment, Summary } from "../types";
import { EventList } from "../ui/event_list";
import { Ago, Badge, Empty, Panel, Problem, Progress, Table, Title, Waiting } from "../ui/parts";

const load = async (signal: AbortSignal) => {
  const [counts, devices, rollouts, alerts] = await Promise.all([
    summary(signal),
    allDevices(signal),
    deployments(signal),
    events({ priority: "alert", limit: 8 }, signal),
  ]);
  return { counts, devices, rollouts, alerts: alerts.events.reverse() };
};

function Counts({ of }: { of: Summary }) {
  const tiles: [string, string, string, string][] = [
    ["Devices online", count(of.devices.online), `of ${count(of.devices.total)}`, link("devices")],
    ["Alerts, last 24 h", count(of.events.alerts_24h), `${count(of.events.total)} events in all`,
      link("events", undefined, { priority: "alert" })],
    ["Deploying now", count(of.deployments.active), `${count(of.deployments.failed)} failed`,
      link("deployments")],
    ["Releases", count(of.releases), "signed and stored", link("releases")],
  ];
  return (
    <ul class="tiles">
      {tiles.map(([name, number, note, href]) => (
        <li key={name}>
          <a href={href}>
            <span class="tile-name">{name}</span>
            <span class="tile-number">{number}</span>
            <span class="tile-note">{note}</span>
          </a>
        </li>
      ))}
    </ul>
  );
}

export function deploymentColumns() {
  return [
    {
      head: "Release",
      cell: (d: Deployment) => (
        <a href={link("deployments", d.id)}>
          {d.app}:{d.version}
        </a>
      ),
    },
    { head: "Group", cell: (d: Deployment) => d.group },
    { head: "State", cell: (d: Deployment) => <Badge state={d.state} /> },
    { head: "Devices", cell: (d: Deployment) => <Progress of={d} /> },
    { head: "Created", cell: (d: Deployment) => <Ago ms={d.created_at} /> },
  ];
}

export function Overview() {
  const { data, error } = usePolled("overview", 4000, load);
  if (!data) return <Waiting error={error} />;
  const worries = concerns(data.devices, data.rollouts);
  const newest = [...data.rollouts].sort((a, b) => b.created_at - a.created_at).slice(0, 5);
  return (
    <>
      <Title text="Overview" />
      <Problem text={error} />
      <Counts of={data.counts} />
      <div class="columns">
        <Panel title="Recent alerts" extra={<a href={link("events")}>All events</a>}>
          {data.alerts.length === 0 ? (
            <Empty>No alerts yet. They appear here as soon as a device reports one.</Empty>
          ) : (
            <EventList events={data.alerts} deviceName={(id) => deviceName(data.devices, id)} />
          )}
        </Panel>
        <Panel title="Needs a look">
          {worries.length === 0 ? (
            <Empty>Nothing: every device is online and healthy, and no deployment was rolled back.</Empty>
          ) : (
            <ul class="concerns">
              {worries.slice(0, 12).map((c) => (
                <li key={c.key}>
                  <Badge state={c.state} />
                  <a href={link(c.page, c.id)}>{c.name}</a>
                  <span class="reason">{c.text}</span>
                </li>
              ))}
              {worries.length > 12 && <li class="dim">and {count(worries.length - 12)} more</li>}
            </ul>
          )}
        </Panel>
      </div>
      <Panel title="Newest deployments" extra={<a href={link("deployments")}>All deployments</a>}>
        {newest.length === 0 ? (
          <Empty>
            None yet: <code>verge deploy APP:VERSION --group GROUP</code> makes one.
          </Empty>
        ) : (
          <Table label="Newest deployments" rows={newest} rowKey={(d) => d.id} columns={deploymentColumns()} />
        )}
      </Panel>
    </>
  );
}
