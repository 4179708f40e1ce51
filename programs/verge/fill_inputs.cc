#include "verge/fill_inputs.h"

#include <random>

namespace verge::cli {

void FillWithNoise(runtime::Session& session) {
  std::mt19937 random(1);
  for (size_t i = 0; i < session.model().inputs().size(); ++i) {
    const Tensor& x = session.input(i);
    if (x.dtype() != DType::kF32) continue;
    const size_t count = x.shape().elems();
    for (size_t k = 0; k < count; ++k) x.as<float>()[k] = static_cast<float>(random() >> 8) * 0x1p-24F;
  }
}

}  // namespace verge::cli
