#include "verge/fill_inputs.h"

#include <random>

namespace verge::cli {

void FillWithNoise(const Tensor& input) {
  if (input.dtype() != DType::kF32) return;
  std::mt19937 random(1);
  const size_t count = input.shape().elems();
  for (size_t k = 0; k < count; ++k) input.as<float>()[k] = static_cast<float>(random() >> 8) * 0x1p-24F;
}

}  // namespace verge::cli
