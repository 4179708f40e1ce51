#include "import/tflite/quant_check.h"

namespace verge::tflite {
namespace {

bool SameQuant(const ir::Quant& a, const ir::Quant& b) {
  return a.scales == b.scales && a.zero_points == b.zero_points;
}

// Adds one more tensor to those that `common` stands for.
Status Join(Quantised rule, const ir::Value& value, const ir::Value*& common) {
  if (!IsQuantised(value)) return Status::Ok();
  if (rule == Quantised::kNone) {
    return VERGE_ERROR(kUnsupported, "has the quantised tensor '" + value.name +
                                         "'; this operator is supported only with real numbers: leave it out of the "
                                         "quantisation");
  }
  if (value.quant.scales.size() > 1 && !value.is_constant()) {
    return VERGE_ERROR(kUnsupported, "moves elements of '" + value.name + "', which has a scale a slice");
  }
  if (common != nullptr && (!SameQuant(common->quant, value.quant) || common->dtype != value.dtype)) {
    return VERGE_ERROR(kUnsupported, "has '" + common->name + "' and '" + value.name +
                                         "' of different scales or zero points; this operator only moves elements");
  }
  common = &value;
  return Status::Ok();
}

}  // namespace

bool IsQuantised(const ir::Value& value) {
  return !value.quant.scales.empty() && value.dtype != DType::kF32 && value.dtype != DType::kF16;
}

Result<const ir::Value*> CheckQuant(Quantised rule, const ir::Graph& graph, std::span<const ValueId> inputs,
                                    std::span<const ir::Value> outputs) {
  const ir::Value* common = nullptr;
  if (rule == Quantised::kAny) return common;
  for (const ValueId id : inputs) {
    if (id != kNoValue) VERGE_TRY(Join(rule, graph.value(id), common));
  }
  for (const ir::Value& value : outputs) VERGE_TRY(Join(rule, value, common));
  return common;
}

}  // namespace verge::tflite
