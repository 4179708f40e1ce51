// What the control-flow ops share: checks of the values that cross into a subgraph, and their copying.
#pragma once

#include <cstring>
#include <span>
#include <string>

#include "ops/kernel.h"
#include "ops/rule_checks.h"

namespace verge::ops {

// Input 0 decides: one element of bool.
Status CheckCondition(const TensorType& type, const std::string& what);

// `given` has the types that the subgraph `want`s, in number, element type, shape and quantisation.
Status CheckCrossing(const std::string& what, std::span<const TensorType> given, std::span<const TensorType> want);

// The types of inputs from `first` on, all of which must be there.
Result<std::vector<TensorType>> CrossingInputs(const InferArgs& args, size_t first);

inline void CopyTensors(std::span<const Tensor> from, std::span<const Tensor> to) {
  for (size_t i = 0; i < to.size(); ++i) {
    const size_t bytes = to[i].type.CheckedBytes().value_or(0);  // checked by the shape rule
    if (bytes > 0) std::memcpy(to[i].data, from[i].data, bytes);
  }
}

inline bool IsTrue(const Tensor& condition) { return *condition.as<const uint8_t>() != 0; }

}  // namespace verge::ops
