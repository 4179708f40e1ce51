// Finds the expression behind a number that was seen at several sizes: how attributes follow from dimensions. Internal.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "format/model/dynamic.h"

namespace verge::compile {

// One number a probe: what a dimension, attribute or element was for each choice of sizes.
using Series = std::vector<int64_t>;

struct Candidate {
  format::DimRef ref;
  Series series;
};

// The simplest of
//   floor((p * a + c) / q),  floor((p * a * b + c) / q),  floor((p * a * b * d + c) / q)
// over the candidates, earlier ones first, that gives `target` at every probe. Where a divisor leaves the offset c open
// (several give all that was seen), the expression is taken only if every product seen is a multiple of q; another one
// could be wrong at sizes that were not seen. Empty when none fits.
std::optional<format::Expression> FitExpression(const Series& target, std::span<const Candidate> candidates);

}  // namespace verge::compile
