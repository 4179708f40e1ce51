#include "import/tflite/mapping.h"
#include "ops/reduce/reduce.h"
#include "ops/rule_checks.h"

namespace verge::ops {
namespace {

// Input 1 holds the axes.
template <ReduceKind kKind>
Status Map(const tflite::OperatorView& from, ir::Node& node) {
  VERGE_TRY(tflite::CheckInputCount(node, 2, 2));
  VERGE_TRY_ASSIGN(const auto* options, tflite::Options<tflite::schema::ReducerOptions>(from));
  VERGE_TRY_ASSIGN(const ir::Value* x, tflite::InputValue(from, node, 0, "x"));
  VERGE_TRY_ASSIGN(const std::vector<int64_t> axes, tflite::ConstantInts(from, node, 1, "axes"));
  if (axes.empty()) return VERGE_ERROR(kUnsupported, "names no axes");  // ours would mean all of them
  auto& a = node.attrs.As<ReduceAttrs>();
  a.kind = static_cast<int32_t>(kKind);
  a.keep_dims = options->keep_dims();
  uint32_t seen = 0;  // an axis may be named twice
  for (const int64_t stated : axes) {
    VERGE_TRY_ASSIGN(const int axis, NormaliseAxis(stated, x->shape.rank()));
    if ((seen >> axis & 1u) == 0) a.axes.values[static_cast<size_t>(a.axes.size++)] = axis;
    seen |= 1u << axis;
  }
  node.inputs.resize(1);
  return Status::Ok();
}

using tflite::schema::BuiltinOperator;
constexpr tflite::Mapping kMappings[] = {
    {BuiltinOperator::MEAN, Map<ReduceKind::kMean>},
    {BuiltinOperator::SUM, Map<ReduceKind::kSum>},
    {BuiltinOperator::REDUCE_MAX, Map<ReduceKind::kMax>, {}, true},
    {BuiltinOperator::REDUCE_MIN, Map<ReduceKind::kMin>, {}, true},
    {BuiltinOperator::REDUCE_PROD, Map<ReduceKind::kProd>},
    {BuiltinOperator::REDUCE_ANY, Map<ReduceKind::kAny>},
    {BuiltinOperator::REDUCE_ALL, Map<ReduceKind::kAll>},
};

}  // namespace

extern const std::span<const tflite::Mapping> kReduceTflite = kMappings;

}  // namespace verge::ops
