// A firing as the event that leaves the device. docs/formats/runner-protocol.md describes its data.
#pragma once

#include "proto/runner.h"
#include "runner/pipeline/packet.h"

namespace verge::runner::pipeline {

// Priority by severity: alert, warning -> normal, info -> bulk. The wall clock is read here, for the record only.
Result<proto::RunnerEvent> EventOf(const Firing& firing, const Packet& packet);

}  // namespace verge::runner::pipeline
