import { useState } from "preact/hooks";
import { allDevices } from "../api";
import { count } from "../format";
import { deviceState, matches, runningText } from "../health";
import { usePolled } from "../poll";
import { link } from "../router";
import type { Device } from "../types";
import { Ago, Badge, Empty, Problem, SearchBox, Table, Title, Waiting } from "../ui/parts";

function Apps({ of }: { of: Device }) {
  const text = runningText(of);
  return text === "" ? <span class="dim">none</span> : <>{text}</>;
}

const COLUMNS = [
  { head: "Device", cell: (d: Device) => <a href={link("devices", d.id)}>{d.name}</a> },
  { head: "State", cell: (d: Device) => <Badge state={deviceState(d)} /> },
  { head: "Group", cell: (d: Device) => d.group },
  { head: "Running", cell: (d: Device) => <Apps of={d} /> },
  { head: "Events", cell: (d: Device) => count(d.events), is_number: true },
  { head: "Last seen", cell: (d: Device) => <Ago ms={d.last_seen} /> },
];

const texts = (d: Device) => [d.id, d.name, d.group, deviceState(d), runningText(d)];

export function Devices() {
  const { data, error } = usePolled("devices", 4000, allDevices);
  const [search, setSearch] = useState("");
  if (!data) return <Waiting error={error} />;
  const rows = data.filter((d) => matches(search, texts(d)));
  return (
    <>
      <Title text="Devices">
        <span class="dim" role="status">
          {rows.length === data.length ? count(data.length) : `${count(rows.length)} of ${count(data.length)}`} devices
        </span>
        <SearchBox label="Search name, group, state or app" value={search} onChange={setSearch} />
      </Title>
      <Problem text={error} />
      {data.length === 0 && (
        <Empty>
          No device has enrolled. <code>verge enrol-token --group GROUP</code> makes a token for <code>verge-agent enrol</code>.
        </Empty>
      )}
      {rows.length > 0 && <Table label="Devices" rows={rows} rowKey={(d) => d.id} columns={COLUMNS} />}
    </>
  );
}
