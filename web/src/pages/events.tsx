import { useEffect, useRef, useState } from "preact/hooks";
import { allDevices, events } from "../api";
import { count } from "../format";
import { deviceName } from "../health";
import { usePolled } from "../poll";
import { link } from "../router";
import type { HubEvent } from "../types";
import { EventList } from "../ui/event_list";
import { Empty, Problem, Title, Waiting } from "../ui/parts";

const KEEP = 500; // events on the page; older ones leave it

const FILTERS: [string, string][] = [
  ["device", "Device id"],
  ["app", "App"],
  ["kind", "Kind"],
];

function Filters({ query }: { query: URLSearchParams }) {
  const change = (name: string, value: string) => {
    const next = new URLSearchParams(query);
    if (value === "") next.delete(name);
    else next.set(name, value);
    location.hash = link("events", undefined, Object.fromEntries(next));
  };
  return (
    <form class="filters" role="search" onSubmit={(e) => e.preventDefault()}>
      {FILTERS.map(([name, label]) => (
        <label class="field" key={name}>
          <span>{label}</span>
          <input
            type="search"
            name={name}
            value={query.get(name) ?? ""}
            autocomplete="off"
            spellcheck={false}
            onChange={(e) => change(name, e.currentTarget.value.trim())}
          />
        </label>
      ))}
      <label class="field">
        <span>Priority</span>
        <select value={query.get("priority") ?? ""} onChange={(e) => change("priority", e.currentTarget.value)}>
          <option value="">all</option>
          <option value="alert">alert</option>
          <option value="normal">normal</option>
          <option value="bulk">bulk</option>
        </select>
      </label>
    </form>
  );
}

// Follows the hub's list: first the newest page, then what came since, by cursor.
function useEvents(query: URLSearchParams, is_paused: boolean) {
  const filter = query.toString();
  const cursor = useRef<{ filter: string; next: string | undefined }>({ filter, next: undefined });
  const [list, setList] = useState<HubEvent[]>([]);
  if (cursor.current.filter !== filter) cursor.current = { filter, next: undefined };
  useEffect(() => setList([]), [filter]);

  const { data, error } = usePolled(`events?${filter}&${is_paused}`, 2000, async (signal) => {
    const at = cursor.current;
    if (is_paused && at.next !== undefined) return true;
    const page = await events(
      {
        device: query.get("device") ?? undefined,
        app: query.get("app") ?? undefined,
        kind: query.get("kind") ?? undefined,
        priority: query.get("priority") ?? undefined,
        after: at.next,
        limit: 100,
      },
      signal,
    );
    if (signal.aborted) return true;
    at.next = String(page.next);
    if (page.events.length > 0) setList((old) => [...page.events.reverse(), ...old].slice(0, KEEP));
    return true;
  });
  return { list, error, is_loaded: data !== null || list.length > 0 };
}

export function Events({ query }: { query: URLSearchParams }) {
  const [is_paused, setPaused] = useState(false);
  const devices = usePolled("names", 30_000, allDevices);
  const { list, error, is_loaded } = useEvents(query, is_paused);
  return (
    <>
      <Title text="Events">
        <button type="button" aria-pressed={is_paused} onClick={() => setPaused(!is_paused)}>
          {is_paused ? "Resume" : "Pause"}
        </button>
        <span class="dim" role="status">
          {is_paused ? "paused" : "live"}, {count(list.length)} shown
        </span>
      </Title>
      <Filters query={query} />
      {is_loaded ? <Problem text={error} /> : <Waiting error={error} />}
      {is_loaded && list.length === 0 && <Empty>No event matches.</Empty>}
      {list.length > 0 && (
        <section class="panel">
          <EventList events={list} deviceName={(id) => deviceName(devices.data ?? [], id)} />
        </section>
      )}
    </>
  );
}
