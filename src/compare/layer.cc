#include "compare/layer.h"

#include <cstring>

#include "ops/elem.h"

namespace verge::compare {

Numbers Numbers::CopyOf(const Tensor& tensor) {
  const QuantView& quant = tensor.type.quant;
  Numbers out{tensor.dtype(),
              tensor.shape(),
              {quant.scales.begin(), quant.scales.end()},
              {quant.zero_points.begin(), quant.zero_points.end()},
              quant.axis,
              std::vector<std::byte>(tensor.type.CheckedBytes().value_or(0))};
  if (!out.bytes.empty()) std::memcpy(out.bytes.data(), tensor.data, out.bytes.size());
  return out;
}

std::vector<double> Numbers::Real() const {
  std::vector<double> out(shape.elems());
  ops::Dispatch(dtype, [&]<typename T>() {
    const auto* from = reinterpret_cast<const T*>(bytes.data());
    for (size_t i = 0; i < out.size(); ++i) out[i] = static_cast<double>(static_cast<ops::Compute<T>>(from[i]));
  });
  if (!is_quantised()) return out;
  size_t inner = 1;  // elements between two indices of the axis
  for (int d = axis + 1; d < shape.rank(); ++d) inner *= static_cast<size_t>(shape[d]);
  for (size_t i = 0; i < out.size(); ++i) {
    const size_t channel = scales.size() == 1 ? 0 : i / inner % scales.size();
    out[i] = (out[i] - zero_points[channel]) * static_cast<double>(scales[channel]);
  }
  return out;
}

}  // namespace verge::compare
