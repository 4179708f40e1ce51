// What flows between two elements, so that a pipeline can be checked before it runs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runner/model/tensor_port.h"

namespace verge::runner::pipeline {

enum class PortKind : uint8_t {
  kFrames,   // pictures with media time
  kSamples,  // rows of numbers with times; Port::channels says which. Sound too
  kTensors,  // named arrays; Port::tensors says which
  kObjects,  // what a detector found, without tracks
  kTracks,   // objects with tracks; accepted wherever kObjects is
  kFirings,  // what rules made of them (objects are still there)
};

struct Port {
  PortKind kind = PortKind::kFrames;
  std::vector<TensorPort> tensors;    // of kTensors, in order
  std::vector<std::string> channels;  // of kSamples, in the order of the columns
  double rate_hz = 0;                 // of kSamples at a fixed rate; 0: rows come when they come

  static Port Of(PortKind kind) { return {kind, {}, {}, 0}; }
};

// "frames", "samples", "tensors", "objects", "tracks", "firings"
std::string_view PortKindName(PortKind kind);

// True when an element that accepts `wanted` can read `given`.
inline bool Fits(PortKind given, PortKind wanted) {
  return given == wanted || (given == PortKind::kTracks && wanted == PortKind::kObjects);
}

}  // namespace verge::runner::pipeline
