// Gives two sessions the same inputs, whatever they want them as: floats or quantised, channels first or last.
//
// Numbers   from files, or drawn by seed from the input's natural range: a quantised input's whole grid (the other
//           version then gets exactly the real values of that grid), [lo, hi) for floats, all values of an unquantised
//           u8 or i8, 0 and 1 for other integers and bools (indices, flags).
// Pairs     by name, or by position when a name is missing in the other model.
// Threads   pure function.
#pragma once

#include <cstdint>
#include <vector>

#include "backend/engine_session.h"
#include "compare/layer.h"

namespace verge::compare {

struct InputOptions {
  uint64_t seed = 1;
  double lo = -1;
  double hi = 1;
  std::vector<NamedNumbers> given = {};  // real values, or quantised as the input wants them
};

// Errors: kInvalidArgument the models have different inputs, or what is given fits none of them.
Status FillInputs(const InputOptions& options, const backend::EngineSession& a, const backend::EngineSession& b);

}  // namespace verge::compare
