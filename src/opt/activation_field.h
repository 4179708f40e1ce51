// The `activation` attribute of whatever op has one.
#pragma once

#include <cstdint>
#include <optional>

#include "ir/graph.h"

namespace verge::opt {

// Of ops/activation.h; empty when the op has no such attribute.
std::optional<int32_t> ActivationOf(const ir::Node& node);

// Nothing happens when the op has none.
void SetActivation(ir::Node& node, int32_t activation);

// The op has no activation, or it is none.
bool HasNoActivation(const ir::Node& node);

}  // namespace verge::opt
