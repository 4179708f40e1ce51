// Who sees what elements give, in the order in which they give it: a recording under way.
#pragma once

#include <string>

#include "base/status.h"
#include "runner/pipeline/packet.h"

namespace verge::runner::pipeline {

class PacketTap {
 public:
  virtual ~PacketTap() = default;
  // Called under the scheduler's lock: one at a time, and not for long.
  virtual Status Take(const std::string& element, const Packet& packet) = 0;
};

}  // namespace verge::runner::pipeline
