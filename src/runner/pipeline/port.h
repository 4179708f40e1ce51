// What flows between two elements, so that a pipeline can be checked before it runs.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "runner/model/tensor_port.h"

namespace verge::runner::pipeline {

enum class PortKind : uint8_t {
  kFrames,   // pictures with media time
  kTensors,  // named arrays; Port::tensors says which
  kObjects,  // what a detector found, without tracks
  kTracks,   // objects with tracks; accepted wherever kObjects is
  kFirings,  // what rules made of them (objects are still there)
};

struct Port {
  PortKind kind = PortKind::kFrames;
  std::vector<TensorPort> tensors;  // of kTensors, in order
};

// "frames", "tensors", "objects", "tracks", "firings"
std::string_view PortKindName(PortKind kind);

// True when an element that accepts `wanted` can read `given`.
inline bool Fits(PortKind given, PortKind wanted) {
  return given == wanted || (given == PortKind::kTracks && wanted == PortKind::kObjects);
}

}  // namespace verge::runner::pipeline
