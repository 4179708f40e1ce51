#include "export/onnx/emitter.h"
#include "ops/elem.h"
#include "ops/reduce/reduce.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;
using to_onnx::Perm;
using to_onnx::TensorId;
using to_onnx::Without;

// ONNX has no reduction of bools, and sums no narrow integers.
DType WorkingType(DType type, ReduceKind kind) {
  if (type == DType::kBool) return DType::kI32;
  const bool is_order = kind == ReduceKind::kMax || kind == ReduceKind::kMin;
  const bool is_byte = type == DType::kI8 || type == DType::kU8;
  if (IsFloatDType(type) || DTypeBytes(type) >= 4 || (is_order && is_byte)) return type;
  return DType::kI32;
}

void EmitReduce(Emitter& e) {
  constexpr const char* kNames[] = {"ReduceSum",    "ReduceMean",      "ReduceProd", "ReduceMax",
                                    "ReduceMin",    "ReduceL1",        "ReduceL2",   "ReduceSumSquare",
                                    "ReduceLogSum", "ReduceLogSumExp", "ReduceMax",  "ReduceMin"};
  const auto& a = e.Attrs<ReduceAttrs>();
  const auto kind = static_cast<ReduceKind>(a.kind);
  const Perm perm = e.Native();
  const auto rank = static_cast<int64_t>(perm.size());
  std::vector<bool> gone(perm.size(), a.axes.size == 0);
  for (const int64_t axis : to_onnx::ToVector(a.axes)) gone[static_cast<size_t>(axis < 0 ? axis + rank : axis)] = true;
  std::vector<int64_t> axes;
  for (size_t d = 0; d < perm.size(); ++d) {
    if (gone[static_cast<size_t>(perm[d])]) axes.push_back(static_cast<int64_t>(d));
  }
  const DType type = e.In(0).quant.scales.empty() ? e.In(0).dtype : DType::kF32;
  const DType working = WorkingType(type, kind);
  std::vector<TensorId> inputs = {working == type ? e.Get(0, perm) : e.Cast(e.Get(0, perm), working)};
  std::vector<to_onnx::Attr> attrs = {{"keepdims", int64_t{a.keep_dims}}};
  if (e.opset >= 18 || kind == ReduceKind::kSum) {
    inputs.push_back(e.b.Ints(axes));
  } else {
    attrs.push_back({"axes", axes});
  }
  const TensorId y = e.Emit(kNames[a.kind], inputs, attrs);
  e.Put(0, working == type ? y : e.Cast(y, type), a.keep_dims ? perm : Without(perm, gone));
}

}  // namespace

extern const to_onnx::Exporter kReduceToOnnx = {.emit = EmitReduce};

}  // namespace verge::ops
