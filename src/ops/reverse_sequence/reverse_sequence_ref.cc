#include <algorithm>
#include <cstring>

#include "ops/elem.h"
#include "ops/kernel.h"
#include "ops/reverse_sequence/reverse_sequence.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

void Run(const RunArgs& args) {
  const auto& attrs = args.attrs.As<ReverseSequenceAttrs>();
  const Tensor& x = args.inputs[0];
  const auto d0 = static_cast<size_t>(x.shape()[0]);
  const auto d1 = static_cast<size_t>(x.shape()[1]);
  const size_t run = x.shape().elems() / (d0 * d1) * DTypeBytes(x.dtype());
  const auto time = static_cast<int64_t>(attrs.time_axis == 0 ? d0 : d1);
  for (size_t i = 0; i < d0; ++i) {
    for (size_t j = 0; j < d1; ++j) {
      const auto t = static_cast<int64_t>(attrs.time_axis == 0 ? i : j);
      const int64_t length =
          std::clamp<int64_t>(args.inputs[1].as<const int64_t>()[attrs.time_axis == 0 ? j : i], 0, time);
      const auto from = static_cast<size_t>(t < length ? length - 1 - t : t);
      const size_t source = attrs.time_axis == 0 ? from * d1 + j : i * d1 + from;
      std::memcpy(args.outputs[0].as<std::byte>() + (i * d1 + j) * run, x.as<const std::byte>() + source * run, run);
    }
  }
}

}  // namespace

extern const Kernel kReverseSequenceRef = {"reverse_sequence_any__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
