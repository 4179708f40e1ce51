# The main job, end to end, with nothing faked: a detector goes over the air to a device and raises alerts.

DEMO=build/demo
BIN=build/release/bin
demo_pids=()

step() { printf '\n\033[1m[%s/7] %s\033[0m\n' "$1" "$2"; }
show() {
  printf '\033[2m$ %s\033[0m\n' "$*"
  "$@"
}

# background NAME COMMAND...: starts it, keeps its output in DEMO/NAME.log and its pid in demo_pids.
background() {
  local name=$1
  shift
  "$@" >>"$DEMO/$name.log" 2>&1 &
  demo_pids+=($!)
  echo $! >"$DEMO/$name.pid"
}

stop_process() {
  local pid
  pid=$(cat "$DEMO/$1.pid" 2>/dev/null) || return 0
  kill -TERM "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
  rm -f "$DEMO/$1.pid"
}

demo_cleanup() {
  local pid
  for pid in "${demo_pids[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
  for pid in "${demo_pids[@]}"; do wait "$pid" 2>/dev/null || true; done
}

# wait_until SECONDS WHAT COMMAND...: polls the command until it succeeds.
wait_until() {
  local seconds=$1 what=$2 end
  shift 2
  end=$((SECONDS + seconds))
  until "$@"; do
    [ $SECONDS -lt $end ] || die "waited $seconds s for $what; see the logs in $DEMO"
    sleep 0.3
  done
}

json() { python3 tools/demo/json_value.py "$@"; }

# fact STEP RESULT: prints the result and keeps it for the report.
fact() {
  printf '\033[32m%s\033[0m\n' "$2"
  python3 -c 'import json, sys; print(json.dumps({"step": sys.argv[1], "result": sys.argv[2]}))' "$1" "$2" >>"$DEMO/facts.jsonl"
}

DEVICE_DATA=$DEMO/device/apps/obstacle/data

start_hub() {
  rm -f "$DEMO/hub.port"
  background hub "$BIN/verge-hub" serve --data "$DEMO/hub" --listen "$1" --port-file "$DEMO/hub.port" \
    --access-log "$DEMO/hub-access.jsonl"
  wait_until 15 "the hub to listen" test -s "$DEMO/hub.port"
}

start_agent() {
  background agent "$BIN/verge-agent" run --state "$DEMO/device" --runner "$BIN/verge-runner" \
    --param "obstacle.video=$VERGE_CACHE/video/vtest.avi" --param obstacle.as_camera=true
}

demo_address() { echo "127.0.0.1:$(cat "$DEMO/hub.port")"; }
demo_alerts() { cat "$DEVICE_DATA"/alerts.jsonl* 2>/dev/null | wc -l; }
demo_waiting() { "$BIN/verge-agent" status --state "$DEMO/device" --json | json get outbox.pending; }
demo_frames() { "$BIN/verge" devices --json | json get devices.0.reported.apps.0.heartbeat.frames 2>/dev/null || echo 0; }
demo_events_at_hub() { "$BIN/verge" events --json --limit 1000 | json count events; }

has_alerts() { [ "$(demo_alerts)" -ge "$1" ]; }
has_events_at_hub() { [ "$(demo_events_at_hub)" -ge "$1" ]; }
has_frames() { [ "$(demo_frames)" -ge "$1" ]; }
outbox_is_empty() { [ "$(demo_waiting)" = 0 ]; }

demo_model() {
  step 1 "A trained model: SSD-MobileNetV2 for Open Images, as its authors ship it"
  show "$BIN/verge" inspect "$VERGE_CACHE/models/ssd_mobilenetv2_objectron.tflite"
}

demo_package() {
  step 2 "An app (model, pipeline, rules, golden vectors) becomes a signed package in the hub"
  VERGE="$BIN/verge" apps/obstacle/make.sh "$DEMO/app1" "$VERGE_CACHE" >"$DEMO/make.log"
  "$BIN/verge-hub" init --data "$DEMO/hub" >"$DEMO/hub-init.log"
  start_hub 127.0.0.1:0
  VERGE_HUB=https://$(demo_address)
  VERGE_TOKEN=$(cat "$DEMO/hub/admin.token")
  VERGE_CA=$DEMO/hub/ca.pem
  export VERGE_HUB VERGE_TOKEN VERGE_CA
  show "$BIN/verge" keys create --no-passphrase --out "$DEMO/publisher"
  export VERGE_REPO=$DEMO/repo
  show "$BIN/verge" repo init "$DEMO/repo" --key "$DEMO/publisher.key"
  show "$BIN/verge" pack "$DEMO/app1" -o "$DEMO/obstacle-1"
  show "$BIN/verge" publish "$DEMO/obstacle-1" --key "$DEMO/publisher.key"
  fact "Package" "obstacle:1 is signed (Ed25519) and in the hub, $(du -sh "$DEMO/obstacle-1" | cut -f1)"
}

demo_device() {
  step 3 "A device enrols with a one-time token; it downloads, verifies, proves and commits"
  local token
  token=$("$BIN/verge" enrol-token --group demo --json | json get token)
  printf '\033[2m$ verge-agent enrol --hub %s --token vet1...\033[0m\n' "$VERGE_HUB"
  "$BIN/verge-agent" enrol --state "$DEMO/device" --hub "$VERGE_HUB" --token "$token" --name gate-camera
  start_agent
  show "$BIN/verge" deploy obstacle:1 --group demo --wait
  show "$BIN/verge" devices
  fact "Deployment" "obstacle:1 reproduced its golden vectors on this machine and runs, sandboxed"
}

demo_detect() {
  step 4 "It sees: a person on the walkway for half a second is a local alert and an event"
  wait_until 60 "alerts on the device" has_alerts 3
  wait_until 30 "events at the hub" has_events_at_hub 3
  show "$BIN/verge" events --limit 5
}

demo_offline() {
  step 5 "The hub goes away: alerts go on, events wait; then each arrives exactly once"
  local address before waiting
  address=$(demo_address)
  stop_process hub
  before=$(demo_alerts)
  wait_until 60 "alerts without a hub" has_alerts $((before + 4))
  waiting=$(demo_waiting)
  echo "no hub: local alerts went from $before to $(demo_alerts); $waiting events wait in the outbox"
  [ "$waiting" -ge 4 ] || die "the outbox does not hold the events that the hub has not seen"
  start_hub "$address"
  wait_until 60 "the outbox to drain" outbox_is_empty
  "$BIN/verge" events --json --limit 1000 | python3 tools/demo/exactly_once.py "$DEVICE_DATA/alerts.jsonl"
  fact "Offline" "while the hub was stopped alerts went on and $waiting events waited; after its return each is there exactly once"
}

make_broken_version() {
  cp -r "$DEMO/app1" "$DEMO/app2"
  sed -i 's/^version: 1$/version: 2/' "$DEMO/app2/app.yaml"
  # One expected value that the model does not give: what a wrong conversion looks like to a device.
  python3 - "$DEMO/app2/golden/raw_outputs_box_encodings.npy" <<'PYTHON'
import pathlib
import struct
import sys

path = pathlib.Path(sys.argv[1])
data = bytearray(path.read_bytes())
data[-400:-396] = struct.pack("<f", 25.0)
path.write_bytes(data)
PYTHON
}

demo_rollback() {
  step 6 "Version 2 is broken: the device refuses it, says why, and version 1 goes on"
  local before
  make_broken_version
  "$BIN/verge" pack "$DEMO/app2" -o "$DEMO/obstacle-2" >"$DEMO/make2.log"
  show "$BIN/verge" publish "$DEMO/obstacle-2" --key "$DEMO/publisher.key"
  if show "$BIN/verge" deploy obstacle:2 --group demo --wait; then
    die "the broken version was accepted"
  fi
  show "$BIN/verge" deployments
  before=$(demo_alerts)
  wait_until 60 "version 1 to raise alerts after the rollback" has_alerts $((before + 1))
  fact "Rollback" "obstacle:2 did not reproduce its golden vectors: rolled back by the device, version 1 never stopped"
}

demo_report() {
  step 7 "The report"
  printf 'waiting for one whole pass over the recording (795 frames at 10 a second)\n'
  wait_until 150 "the first pass over the recording" has_frames 795
  mkdir -p "$DEMO/json"
  "$BIN/verge" deployments --json >"$DEMO/json/deployments.json"
  stop_process agent
  demo_events_at_hub >"$DEMO/json/events_count"
  python3 tools/demo/report.py "$DEMO" "$DEMO/report.html"
}

demo_summary() {
  printf '\n\033[1mDone in %d s.\033[0m\n' "$SECONDS"
  python3 tools/demo/facts.py "$DEMO/facts.jsonl"
  echo "report: $PWD/$DEMO/report.html"
}

demo_keep() {
  start_agent
  echo "hub:    $VERGE_HUB   (operator token: $PWD/$DEMO/hub/admin.token)"
  echo "Hub and device go on; press Ctrl-C to stop them."
  wait
}

cmd_demo() {
  local keep=no
  case "${1:-}" in
    --keep) keep=yes ;;
    "") ;;
    *) die "demo: unknown option '$1' (only --keep)" ;;
  esac
  cmd_build release
  prepare_data
  rm -rf "$DEMO"
  mkdir -p "$DEMO"
  trap demo_cleanup EXIT
  SECONDS=0
  demo_model
  demo_package
  demo_device
  demo_detect
  demo_offline
  demo_rollback
  demo_report
  demo_summary
  [ $keep = no ] || demo_keep
}
