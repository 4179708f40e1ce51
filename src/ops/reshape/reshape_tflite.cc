#include "import/tflite/mapping.h"
#include "ops/reshape/reshape.h"
#include "ops/rule_checks.h"

namespace verge::ops {
namespace {

void SetShape(const std::vector<int64_t>& dims, ir::Node& node) {
  IntList& shape = node.attrs.As<ReshapeAttrs>().shape;
  for (const int64_t d : dims) shape.values[static_cast<size_t>(shape.size++)] = d;
}

// The target is input 1, or in older files an option.
Status Map(const tflite::OperatorView& from, ir::Node& node) {
  VERGE_TRY(tflite::CheckInputCount(node, 1, 2));
  std::vector<int64_t> target;
  if (node.inputs.size() == 2) {
    VERGE_TRY_ASSIGN(target, tflite::ConstantInts(from, node, 1, "shape"));
    node.inputs.resize(1);
  } else {
    VERGE_TRY_ASSIGN(const auto* options, tflite::Options<tflite::schema::ReshapeOptions>(from));
    if (options->new_shape() == nullptr) return VERGE_ERROR(kDataLoss, "has no target shape");
    target.assign(options->new_shape()->begin(), options->new_shape()->end());
  }
  if (target.size() > static_cast<size_t>(Shape::kMaxRank)) {
    return VERGE_ERROR(kUnsupported,
                       "has a target of " + std::to_string(target.size()) + " dimensions, supported are 8");
  }
  SetShape(target, node);
  return Status::Ok();
}

// Takes away the named dimensions of size 1; all of them when none is named.
Status MapSqueeze(const tflite::OperatorView& from, ir::Node& node) {
  VERGE_TRY_ASSIGN(const auto* options, tflite::Options<tflite::schema::SqueezeOptions>(from));
  VERGE_TRY_ASSIGN(const ir::Value* x, tflite::InputValue(from, node, 0, "x"));
  const Shape& shape = x->shape;
  const auto* named = options->squeeze_dims();
  const bool takes_all = named == nullptr || named->size() == 0;
  std::array<bool, Shape::kMaxRank> is_taken{};
  for (int d = 0; d < shape.rank(); ++d) is_taken[static_cast<size_t>(d)] = takes_all && shape[d] == 1;
  for (flatbuffers::uoffset_t i = 0; !takes_all && i < named->size(); ++i) {
    VERGE_TRY_ASSIGN(const int axis, NormaliseAxis(named->Get(i), shape.rank()));
    if (shape[axis] != 1) {
      return VERGE_ERROR(kDataLoss, "squeezes dimension " + std::to_string(axis) + " of " + ToString(shape));
    }
    is_taken[static_cast<size_t>(axis)] = true;
  }
  std::vector<int64_t> dims;
  for (int d = 0; d < shape.rank(); ++d) {
    if (!is_taken[static_cast<size_t>(d)]) dims.push_back(shape[d]);
  }
  SetShape(dims, node);
  return Status::Ok();
}

// Puts a dimension of size 1 before the one that input 1 names.
Status MapExpandDims(const tflite::OperatorView& from, ir::Node& node) {
  VERGE_TRY(tflite::CheckInputCount(node, 2, 2));
  VERGE_TRY_ASSIGN(const ir::Value* x, tflite::InputValue(from, node, 0, "x"));
  VERGE_TRY_ASSIGN(const std::vector<int64_t> axes, tflite::ConstantInts(from, node, 1, "axis"));
  if (axes.size() != 1 || x->shape.rank() == Shape::kMaxRank) {
    return VERGE_ERROR(kUnsupported, "names " + std::to_string(axes.size()) + " axes of " + ToString(x->shape) +
                                         "; supported is one, on at most 7 dimensions");
  }
  VERGE_TRY_ASSIGN(const int axis, NormaliseAxis(axes[0], x->shape.rank() + 1));
  std::vector<int64_t> dims(x->shape.dims().begin(), x->shape.dims().end());
  dims.insert(dims.begin() + axis, 1);
  SetShape(dims, node);
  node.inputs.resize(1);
  return Status::Ok();
}

constexpr tflite::Mapping kMappings[] = {{tflite::schema::BuiltinOperator::RESHAPE, Map, {}, true},
                                         {tflite::schema::BuiltinOperator::SQUEEZE, MapSqueeze, {}, true},
                                         {tflite::schema::BuiltinOperator::EXPAND_DIMS, MapExpandDims, {}, true}};

}  // namespace

extern const std::span<const tflite::Mapping> kReshapeTflite = kMappings;

}  // namespace verge::ops
