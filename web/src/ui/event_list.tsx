// Events, newest first, each with what it says and its raw data one key press away.
import { dateTime, eventText, mediaTime } from "../format";
import { link } from "../router";
import type { HubEvent } from "../types";
import { Ago, Badge } from "./parts";

export const eventKey = (e: HubEvent) => `${e.device}/${e.epoch}/${e.seq}`;

function facts(e: HubEvent): string {
  return JSON.stringify(
    {
      time: dateTime(e.time_ms),
      at: mediaTime(e.media_ms),
      device: e.device,
      epoch: e.epoch,
      seq: e.seq,
      app: `${e.app}:${e.version}`,
      priority: e.priority,
      data: e.data,
    },
    null,
    2,
  );
}

// `deviceName` turns a device's id into its name; without it the device is not shown.
export function EventList(props: { events: HubEvent[]; deviceName?: (id: string) => string }) {
  const { events, deviceName } = props;
  return (
    <ol class={deviceName ? "events named" : "events"}>
      {events.map((e) => (
        <li key={eventKey(e)} class={e.priority}>
          <details>
            <summary>
              <span class="event-kind">{e.kind}</span>
              {e.priority === "alert" && <Badge state="alert" />}
              <span class="event-text">{eventText(e)}</span>
              <span class="event-when">
                <Ago ms={e.time_ms} />
              </span>
            </summary>
            <pre tabIndex={0}>{facts(e)}</pre>
          </details>
          <div class="event-from">
            {deviceName && <a href={link("devices", e.device)}>{deviceName(e.device)}</a>}
            <span class="dim">
              {e.app}:{e.version}
            </span>
          </div>
        </li>
      ))}
    </ol>
  );
}
