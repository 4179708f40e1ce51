// Stores the weights of large layers in 4 bits:
//
//   fully_connected(x, w, b), f32, w constant   -> fully_connected_4bit(x, q, s, b)
//
// in blocks of 32 along the inputs, each with a scale. A block's scale is the one of a few candidates (its number of
// largest size at -8, and up to a fifth less) that leaves the smallest sum of squared errors. Layers with fewer than 64
// inputs or 4096 weights stay: there is little to gain.
//
// Exactness unlike the passes of passes.def this one changes results: a weight is off by up to half a step, a sixteenth
// of
//           its block's range. RunPasses does it only when it is told to (PassOptions::four_bits), after all others.
#pragma once

#include "opt/pass.h"

namespace verge::opt {

Result<PassReport> UseFourBits(ir::Graph& graph);

}  // namespace verge::opt
