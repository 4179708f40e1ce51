#include "ops/quant_elementwise.h"

#include <algorithm>

#include "ops/quant_layer.h"
#include "ops/rule_checks.h"

namespace verge::ops {

Status CheckAllQuantised(const InferArgs& args) {
  const DType dtype = args.inputs[0].type.dtype;
  if (dtype != DType::kI8 && dtype != DType::kU8 && dtype != DType::kI16) return Status::Ok();
  for (size_t i = 0; i < args.inputs.size(); ++i) {
    if (args.inputs[i].is_present) {
      VERGE_TRY(CheckQuantised(args.inputs[i].type, "input " + std::to_string(i)));
    }
  }
  return CheckQuantised(args.outputs[0], "output 0");
}

Status CheckKeepsQuant(const InferArgs& args, int index, const char* name) {
  const QuantView& x = args.inputs[static_cast<size_t>(index)].type.quant;
  const QuantView& y = args.outputs[0].quant;
  if (std::ranges::equal(x.scales, y.scales) && std::ranges::equal(x.zero_points, y.zero_points)) return Status::Ok();
  if (!IsQuantised(args.inputs[static_cast<size_t>(index)].type)) return Status::Ok();
  return VERGE_ERROR(kUnsupported, InputLabel(index, name) +
                                       " and output 0 are quantised differently; this op keeps "
                                       "the numbers as they are");
}

}  // namespace verge::ops
