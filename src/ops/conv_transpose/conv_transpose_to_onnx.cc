#include "export/onnx/emitter.h"
#include "export/onnx/window.h"
#include "ops/conv_transpose/conv_transpose.h"

namespace verge::ops {
namespace {

using to_onnx::ChannelsFirst;
using to_onnx::Emitter;
using to_onnx::Perm;
using to_onnx::TensorId;

// [oc, kernel..., c / groups] is [c, oc / groups, kernel...] in ONNX.
TensorId Weights(Emitter& e, int64_t groups) {
  const Shape& w = e.Dims(1);
  const int rank = w.rank();
  Perm perm = {0, rank - 1};
  if (groups == 1) {
    perm = {rank - 1, 0};
    for (int d = 1; d + 1 < rank; ++d) perm.push_back(d);
    return e.Get(1, perm);
  }
  std::vector<int64_t> split = {groups, w[0] / groups};
  std::vector<int64_t> joined = {groups * w[rank - 1], w[0] / groups};
  perm = {0, rank, 1};
  for (int d = 1; d + 1 < rank; ++d) {
    split.push_back(w[d]);
    joined.push_back(w[d]);
    perm.push_back(d + 1);
  }
  split.push_back(w[rank - 1]);
  return e.b.Reshape(e.b.Transpose(e.b.Reshape(e.Get(1), split), perm), joined);
}

void EmitConvTranspose(Emitter& e) {
  const auto& a = e.Attrs<ConvTransposeAttrs>();
  const Perm first = ChannelsFirst(e.Dims(0).rank());
  const to_onnx::Window window = to_onnx::WindowOf(a.window, to_onnx::SpatialDims(e.Dims(1)));
  std::vector<to_onnx::Attr> attrs = to_onnx::WindowAttrs(window);
  attrs.push_back({"group", a.groups});
  attrs.push_back({"output_padding", to_onnx::ToVector(a.out_pad)});
  e.Put(0, e.Emit("ConvTranspose", {e.Get(0, first), Weights(e, a.groups), e.Get(2)}, attrs), first);
}

}  // namespace

extern const to_onnx::Exporter kConvTransposeToOnnx = {.emit = EmitConvTranspose};

}  // namespace verge::ops
