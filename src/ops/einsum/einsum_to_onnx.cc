#include <algorithm>

#include "export/onnx/emitter.h"
#include "ops/einsum/einsum.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;
using to_onnx::TensorId;

std::string Letters(const IntList& labels, std::vector<int64_t>& known) {
  std::string text;
  for (const int64_t label : to_onnx::ToVector(labels)) {
    const auto found = std::find(known.begin(), known.end(), label);
    text += static_cast<char>('a' + (found - known.begin()));
    if (found == known.end()) known.push_back(label);
  }
  return text;
}

// ONNX's labels want one size each: dimensions of size 1 are stretched first.
TensorId Stretched(Emitter& e, size_t i, const IntList& labels, const EinsumLoop& loop) {
  std::vector<int64_t> dims;
  for (const int64_t label : to_onnx::ToVector(labels)) {
    const auto end = loop.labels.begin() + loop.count;
    dims.push_back(loop.sizes[static_cast<size_t>(std::find(loop.labels.begin(), end, label) - loop.labels.begin())]);
  }
  const bool fits = Shape::FromSpan(dims) == e.Dims(i);
  return fits ? e.Get(i) : e.Emit("Expand", {e.Get(i), e.b.Ints(dims)});
}

void EmitEinsum(Emitter& e) {
  const auto& a = e.Attrs<EinsumAttrs>();
  std::vector<Shape> shapes = {e.Dims(0)};
  if (e.Has(1)) shapes.push_back(e.Dims(1));
  const Result<EinsumLoop> loop = PlanEinsum(a, shapes);
  if (!loop.ok()) return e.Unsupported("has labels that do not fit");
  std::vector<int64_t> known;
  std::string equation = Letters(a.a, known);
  std::vector<TensorId> inputs = {Stretched(e, 0, a.a, *loop)};
  if (e.Has(1)) {
    equation += "," + Letters(a.b, known);
    inputs.push_back(Stretched(e, 1, a.b, *loop));
  }
  equation += "->" + Letters(a.y, known);
  e.Put(0, e.Emit("Einsum", inputs, {{"equation", equation}}));
}

}  // namespace

extern const to_onnx::Exporter kEinsumToOnnx = {.emit = EmitEinsum};

}  // namespace verge::ops
