// Which quantised integers an operator may meet.
#pragma once

#include <span>

#include "import/tflite/context.h"

namespace verge::tflite {

bool IsQuantised(const ir::Value& value);

// Whether the quantised ones among inputs and outputs are what `rule` allows. Gives the one that stands for all of
// them; null when there is none, or the rule does not care.
Result<const ir::Value*> CheckQuant(Quantised rule, const ir::Graph& graph, std::span<const ValueId> inputs,
                                    std::span<const ir::Value> outputs);

}  // namespace verge::tflite
