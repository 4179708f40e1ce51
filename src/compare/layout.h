// How the elements of two tensors of the same layer correspond: engines store images channels first or last.
#pragma once

#include <optional>
#include <vector>

#include "base/tensor.h"

namespace verge::compare {

enum class Layout {
  kSame,           // element i is element i (dimensions of size 1 may come and go)
  kChannelsFirst,  // `a` has channels first [n, c, ...], `b` last [n, ..., c]
  kChannelsLast,   // the other way round
};

// All ways in which tensors of these shapes can correspond; empty: none.
std::vector<Layout> PossibleLayouts(const Shape& a, const Shape& b);

// The elements of b (of shape `b`) in the order of a.
std::vector<double> InOrderOf(Layout layout, const Shape& b, std::vector<double> values);

}  // namespace verge::compare
