// A firing as the event that leaves the device. docs/formats/runner-protocol.md describes its data.
#pragma once

#include <string>

#include "proto/runner.h"
#include "runner/pipeline/packet.h"
#include "runner/pipeline/services.h"

namespace verge::runner::pipeline {

// Priority by severity: alert, warning -> normal, info -> bulk. The wall time is for the record only.
Result<proto::RunnerEvent> EventOf(const Firing& firing, const Packet& packet, const Services& services);

// An event as a line of JSON, as files on the device keep it.
std::string LineOf(const proto::RunnerEvent& event);

}  // namespace verge::runner::pipeline
