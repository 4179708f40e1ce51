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
      media_ms: e.media_ms,
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

export function EventList({ events, showDevice }: { events: HubEvent[]; showDevice: boolean }) {
  return (
    <ol class="events">
      {events.map((e) => (
        <li key={eventKey(e)} class={e.priority}>
          <details>
            <summary>
              <span class="event-kind">{e.kind}</span>
              {e.priority === "alert" && <Badge state="alert" />}
              <span class="event-text">{eventText(e)}</span>
              <span class="event-when">
                {e.media_ms > 0 && <span class="dim">at {mediaTime(e.media_ms)} </span>}
                <Ago ms={e.time_ms} />
              </span>
            </summary>
            <pre tabIndex={0}>{facts(e)}</pre>
          </details>
          <div class="event-from">
            {showDevice && <a href={link("devices", e.device)}>{e.device}</a>}
            <span class="dim">
              {e.app}:{e.version}
            </span>
          </div>
        </li>
      ))}
    </ol>
  );
}
