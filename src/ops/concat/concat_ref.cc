#include "ops/concat/concat.h"

#include <cstring>

#include "ops/kernel.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

void Run(const RunArgs& args) {
  const Tensor& y = args.outputs[0];
  int64_t axis = args.attrs.As<ConcatAttrs>().axis;
  if (axis < 0) axis += y.shape().rank();
  size_t outer = 1;
  size_t inner = DTypeBytes(y.dtype());
  for (int d = 0; d < y.shape().rank(); ++d)
    (d < axis ? outer : inner) *= d == axis ? 1 : static_cast<size_t>(y.shape()[d]);
  auto* to = y.as<std::byte>();
  for (size_t o = 0; o < outer; ++o) {
    for (const Tensor& x : args.inputs) {
      const size_t run = static_cast<size_t>(x.shape()[static_cast<int>(axis)]) * inner;
      std::memcpy(to, x.as<const std::byte>() + o * run, run);
      to += run;
    }
  }
}

}  // namespace

extern const Kernel kConcatRef = {"concat_any__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
