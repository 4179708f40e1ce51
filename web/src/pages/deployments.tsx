import { allDevices, deployment, deployments } from "../api";
import { deviceName } from "../health";
import { usePolled } from "../poll";
import { link } from "../router";
import { Ago, Badge, Empty, Panel, Problem, Progress, Table, Title, Waiting } from "../ui/parts";
import { deploymentColumns } from "./overview";

export function Deployments() {
  const { data, error } = usePolled("deployments", 3000, deployments);
  if (!data) return <Waiting error={error} />;
  const rows = [...data].sort((a, b) => b.created_at - a.created_at);
  return (
    <>
      <Title text="Deployments" />
      <Problem text={error} />
      {rows.length === 0 ? (
        <Empty>
          None yet: <code>verge deploy APP:VERSION --group GROUP</code> makes one.
        </Empty>
      ) : (
        <Table label="Deployments" rows={rows} rowKey={(d) => d.id} columns={deploymentColumns()} />
      )}
    </>
  );
}

export function DeploymentPage({ id }: { id: string }) {
  const { data, error } = usePolled(`deployment/${id}`, 2000, async (signal) => {
    const [one, devices] = await Promise.all([deployment(id, signal), allDevices(signal)]);
    return { one, devices };
  });
  if (!data) return <Waiting error={error} />;
  const { one, devices } = data;
  return (
    <>
      <Title text={`${one.app}:${one.version} to ${one.group}`}>
        <Badge state={one.state} />
        <span class="dim">
          {one.id}, created <Ago ms={one.created_at} />
        </span>
      </Title>
      <Problem text={error} />
      <Panel title="Progress">
        <Progress of={one} />
      </Panel>
      <Panel title="Devices">
        {one.devices.length === 0 ? (
          <Empty>The group {one.group} has no devices. Later members get this release too.</Empty>
        ) : (
          <Table
            label="State on each device"
            rows={one.devices}
            rowKey={(d) => d.device}
            columns={[
              { head: "Device", cell: (d) => <a href={link("devices", d.device)}>{deviceName(devices, d.device)}</a> },
              { head: "State", cell: (d) => <Badge state={d.state} /> },
              { head: "Reason", cell: (d) => <span class="reason">{d.detail}</span> },
              { head: "Changed", cell: (d) => <Ago ms={d.updated_at} /> },
            ]}
          />
        )}
      </Panel>
    </>
  );
}
