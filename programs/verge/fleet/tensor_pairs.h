// Which tensors two .vg files have in common, for deltas that know of elements (delta/delta.h).
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "delta/delta.h"

namespace verge::cli {

// Constants of both models that have the same name and type, then those of the same type in the order of the files;
// encoded ones are left out. Empty when either is no model that this build reads.
std::vector<delta::TensorPair> PairTensors(std::span<const std::byte> base, std::span<const std::byte> target);

}  // namespace verge::cli
