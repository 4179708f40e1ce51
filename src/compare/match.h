// Finds which layers of two versions of a model are the same one.
//
//   1. by name, where the shapes can correspond: a value's name, without what Verge's passes add to it (".moved")
//   2. between two that were found so, by order: as many pairs as possible of shapes that can correspond, first those
//      to which the same function was applied last ("relu": a relu, or a convolution with one fused into it)
//
// Pairs never cross: if a pair comes earlier than another in one model, it does in the other too.
// Threads   pure function.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "compare/layer.h"

namespace verge::compare {

struct Pair {
  size_t a = 0;  // index of the layer in its capture
  size_t b = 0;
  bool is_by_name = false;
};

// In order.
std::vector<Pair> Match(std::span<const Layer> a, std::span<const Layer> b);

}  // namespace verge::compare
