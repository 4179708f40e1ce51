import assert from "node:assert/strict";
import { test } from "node:test";
import { ago, bytes, count, duration, eventText, latency, mediaTime, progress, tone } from "./format";
import type { Deployment, HubEvent } from "./types";

test("durations name at most two units", () => {
  assert.equal(duration(999), "0 s");
  assert.equal(duration(59_999), "59 s");
  assert.equal(duration(61_000), "1 min");
  assert.equal(duration(7_500_000), "2 h 5 min");
  assert.equal(duration(86_400_000), "1 d");
  assert.equal(duration(100 * 3_600_000), "4 d 4 h");
});

test("past times are relative, and a device's clock ahead of ours is no future", () => {
  assert.equal(ago(1_000_000, 1_001_000), "just now");
  assert.equal(ago(1_000_000, 1_012_400), "12 s ago");
  assert.equal(ago(0, 3 * 3_600_000), "3 h ago");
  assert.equal(ago(2_000_000, 1_000_000), "just now");
});

test("sizes, latencies, counts and positions", () => {
  assert.equal(bytes(1023), "1023 B");
  assert.equal(bytes(1536), "1.5 KiB");
  assert.equal(bytes(34 * 1024 * 1024), "34 MiB");
  assert.equal(latency(850), "850 \u00b5s");
  assert.equal(latency(21_400), "21.4 ms");
  assert.equal(latency(214_000), "214 ms");
  assert.equal(latency(1_200_000), "1.20 s");
  assert.equal(count(1234567), "1 234 567");
  assert.equal(mediaTime(41_999), "0:41");
  assert.equal(mediaTime(3_723_000), "1:02:03");
});

test("an unknown state is quiet, never good", () => {
  assert.equal(tone("committed"), "good");
  assert.equal(tone("rolled_back"), "bad");
  assert.equal(tone("something-new"), "quiet");
});

test("progress counts every device once and leaves out empty parts", () => {
  const deployment = { counts: { committed: 3, downloading: 1, proving: 2, rolled_back: 1, pending: 0 } };
  const parts = progress(deployment as unknown as Deployment);
  assert.deepEqual(
    parts.map((p) => [p.label, p.n]),
    [["committed", 3], ["under way", 3], ["rolled back", 1]],
  );
});

test("an event's line shows a detection, or the first plain fields", () => {
  const event = (data: Record<string, unknown>) => ({ data }) as unknown as HubEvent;
  assert.equal(eventText(event({ label: "person", score: 0.714, zone: "door", track: 3 })),
    "person \u00b7 0.71 \u00b7 in door \u00b7 track 3");
  assert.equal(eventText(event({ celsius: 81, list: [1], ok: false })), "celsius 81 \u00b7 ok false");
  assert.equal(eventText(event({})), "");
  for (const odd of [null, [1, 2], "text", 7]) {
    assert.equal(typeof eventText({ data: odd } as unknown as HubEvent), "string");
  }
});
