# The main job, end to end, with nothing faked: a detector goes over the air to a device and raises alerts.

DEMO=build/demo
BIN=build/release/bin
demo_pids=()

step() { printf '\n\033[1m[%s] %s\033[0m\n' "$1" "$2"; }
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

start_hub() {
  rm -f "$DEMO/hub.port"
  background hub "$BIN/verge-hub" serve --data "$DEMO/hub" --listen "$1" --port-file "$DEMO/hub.port" \
    --access-log "$DEMO/hub-access.jsonl"
  wait_until 15 "the hub to listen" test -s "$DEMO/hub.port"
}

demo_events_at_hub() { "$BIN/verge" events --json --limit 100000 2>/dev/null | json count events; }
demo_pending() { "$BIN/verge-agent" status --state "$DEMO/device" --json 2>/dev/null | json get outbox.pending; }
demo_alerts() { cat "$DEMO"/device/data/obstacle/alerts.jsonl 2>/dev/null | wc -l; }

has_alerts() { [ "$(demo_alerts)" -ge "$1" ]; }
has_events_at_hub() { [ "$(demo_events_at_hub)" -ge "$1" ]; }
outbox_is_empty() { [ "$(demo_pending)" = 0 ]; }

demo_models() {
  step 1/7 "A trained model: SSD-MobileNetV2 for Open Images, as its authors ship it"
  show "$BIN/verge" inspect "$VERGE_CACHE/models/ssd_mobilenetv2_objectron.tflite"
}

demo_package() {
  step 2/7 "An app: model + pipeline + rules + golden vectors, signed and published"
  VERGE="$BIN/verge" VERGE_CACHE="$VERGE_CACHE" apps/obstacle/make.sh "$DEMO/app1" 1
  "$BIN/verge-hub" init --data "$DEMO/hub" --listen 127.0.0.1:0
  start_hub 127.0.0.1:0
  VERGE_HUB=https://$(demo_address)
  VERGE_TOKEN=$(cat "$DEMO/hub/admin.token")
  VERGE_CA=$DEMO/hub/ca.pem
  export VERGE_HUB VERGE_TOKEN VERGE_CA
  show "$BIN/verge" keys new --out "$DEMO/publisher"
  show "$BIN/verge" publisher add "$DEMO/publisher.pub" --name demo
  show "$BIN/verge" pack "$DEMO/app1" -o "$DEMO/obstacle-1"
  show "$BIN/verge" publish "$DEMO/obstacle-1" --key "$DEMO/publisher.key"
}

demo_address() { echo "127.0.0.1:$(cat "$DEMO/hub.port")"; }

demo_device() {
  step 3/7 "A device: enrols with a one-time token, then mutual TLS; downloads, verifies, proves, commits"
  local token
  token=$("$BIN/verge" enrol-token --group demo --json | json get token)
  show "$BIN/verge-agent" enrol --state "$DEMO/device" --hub "$VERGE_HUB" --token "$token" --name gate-camera
  background agent "$BIN/verge-agent" run --state "$DEMO/device" --runner "$BIN/verge-runner" \
    --param "obstacle.video=$VERGE_CACHE/video/vtest.avi"
  show "$BIN/verge" deploy obstacle:1 --group demo --wait
  show "$BIN/verge" devices
}

demo_detect() {
  step 4/7 "It sees: people inside the walkway for half a second raise local alerts and events"
  wait_until 60 "alerts on the device" has_alerts 5
  wait_until 30 "events at the hub" has_events_at_hub 5
  show "$BIN/verge" events --limit 8
}

demo_offline() {
  step 5/7 "The hub goes away: alerts go on, events wait, and each arrives exactly once"
  local address before
  address=$(demo_address)
  stop_process hub
  before=$(demo_alerts)
  wait_until 60 "alerts without a hub" has_alerts $((before + 5))
  echo "hub stopped; local alerts $before -> $(demo_alerts), events waiting in the outbox: $(demo_pending)"
  "$BIN/verge-agent" status --state "$DEMO/device" --json >"$DEMO/offline.json"
  start_hub "$address"
  wait_until 60 "the outbox to drain" outbox_is_empty
  echo "hub is back; events waiting: $(demo_pending), events at the hub: $(demo_events_at_hub)"
}

demo_rollback() {
  step 6/7 "Version 2 is broken (its golden vectors do not hold): the device refuses it and says why"
  VERGE="$BIN/verge" VERGE_CACHE="$VERGE_CACHE" apps/obstacle/make.sh "$DEMO/app2" 2 --broken
  show "$BIN/verge" pack "$DEMO/app2" -o "$DEMO/obstacle-2"
  show "$BIN/verge" publish "$DEMO/obstacle-2" --key "$DEMO/publisher.key"
  if show "$BIN/verge" deploy obstacle:2 --group demo --wait; then
    die "the broken version was accepted"
  fi
  show "$BIN/verge" deployments
  show "$BIN/verge" devices
}

demo_finish() {
  step 7/7 "Report"
  local before
  before=$(demo_alerts)
  wait_until 60 "version 1 to go on after the rollback" has_alerts $((before + 1))
  mkdir -p "$DEMO/json"
  "$BIN/verge" devices --json >"$DEMO/json/devices.json"
  "$BIN/verge" deployments --json >"$DEMO/json/deployments.json"
  if [ "$1" = keep ]; then
    wait_until 180 "the first whole pass over the video" test -s "$DEMO/device/data/obstacle/summary.json"
  else
    wait_until 180 "the first whole pass over the video" test -s "$DEMO/device/data/obstacle/summary.json"
    stop_process agent
    start_collect
    stop_process hub
  fi
}

start_collect() { :; }

cmd_demo() {
  local keep=no
  [ "${1:-}" = --keep ] && keep=keep
  cmd_build release
  prepare_data
  rm -rf "$DEMO"
  mkdir -p "$DEMO"
  trap demo_cleanup EXIT
  SECONDS=0
  demo_models
  demo_package
  demo_device
  demo_detect
  demo_offline
  demo_rollback
  demo_finish "$keep"
}
