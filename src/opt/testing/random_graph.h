// A valid graph out of any bytes: each byte is a choice of an op, an operand or an attribute, and the graph ends where
// the bytes do. The same bytes give the same graph on every machine.
//
// The graphs are made to interest passes: beside single nodes of many ops there are the formulas that passes look for,
// written in several ways, and pieces that are equal to others. No node is chosen whose result jumps with its input
// (rounding, comparing), but on graph inputs: there an optimised graph may differ by roundings.
#pragma once

#include <cstdint>
#include <span>

#include "ir/graph.h"

namespace verge::opt::testing {

// Passes ir::Verify. Tensors have at most kMaxElems elements, and there are at most kMaxSteps pieces.
inline constexpr size_t kMaxElems = 4096;
inline constexpr size_t kMaxSteps = 24;
ir::Graph RandomGraph(std::span<const uint8_t> bytes);

}  // namespace verge::opt::testing
