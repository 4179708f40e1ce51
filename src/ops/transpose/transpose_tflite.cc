#include "import/tflite/mapping.h"
#include "ops/transpose/transpose.h"

namespace verge::ops {
namespace {

// Input 1 holds the permutation.
Status Map(const tflite::OperatorView& from, ir::Node& node) {
  VERGE_TRY(tflite::CheckInputCount(node, 2, 2));
  VERGE_TRY_ASSIGN(const std::vector<int64_t> perm, tflite::ConstantInts(from, node, 1, "perm"));
  IntList& list = node.attrs.As<TransposeAttrs>().perm;
  for (const int64_t d : perm) list.values[static_cast<size_t>(list.size++)] = d;
  node.inputs.resize(1);
  return Status::Ok();
}

constexpr tflite::Mapping kMappings[] = {{tflite::schema::BuiltinOperator::TRANSPOSE, Map, {}, true}};

}  // namespace

extern const std::span<const tflite::Mapping> kTransposeTflite = kMappings;

}  // namespace verge::ops
