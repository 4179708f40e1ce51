import { releases } from "../api";
import { bytes } from "../format";
import { usePolled } from "../poll";
import { Ago, Digest, Empty, Problem, Table, Title, Waiting } from "../ui/parts";

export function Releases() {
  const { data, error } = usePolled("releases", 10_000, releases);
  if (!data) return <Waiting error={error} />;
  const rows = [...data].sort((a, b) => b.created_at - a.created_at);
  return (
    <>
      <Title text="Releases" />
      <Problem text={error} />
      {rows.length === 0 ? (
        <Empty>
          None yet: <code>verge publish PACKAGE</code> signs a package and stores it here.
        </Empty>
      ) : (
        <Table
          label="Releases"
          rows={rows}
          rowKey={(r) => `${r.app}:${r.version}`}
          columns={[
            { head: "App", cell: (r) => r.app },
            { head: "Version", cell: (r) => r.version, is_number: true },
            { head: "Size", cell: (r) => bytes(r.size_bytes), is_number: true },
            { head: "Manifest", cell: (r) => <Digest text={r.manifest_digest} /> },
            { head: "Signed by key", cell: (r) => <Digest text={r.keyid} /> },
            { head: "Created", cell: (r) => <Ago ms={r.created_at} /> },
          ]}
        />
      )}
    </>
  );
}
