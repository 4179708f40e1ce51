// What the positions of resize's output read along one dimension.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "ops/kernel.h"
#include "ops/resize/resize.h"

namespace verge::ops {

struct ResizeTaps {
  int count = 1;
  std::array<int64_t, 4> at{};
  std::array<double, 4> weight{1, 0, 0, 0};
  bool is_outside = false;
};

// Taps of every position along dimension d.
void FillTaps(const RunArgs& args, int d, std::span<ResizeTaps> taps);

// The same of one position.
ResizeTaps ResizeTapsAt(const RunArgs& args, int d, int64_t i);

}  // namespace verge::ops
