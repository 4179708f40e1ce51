// Inputs for runs whose results nobody reads.
#pragma once

#include "base/tensor.h"

namespace verge::cli {

// An f32 input gets fixed pseudo-random numbers in 0..1 (an input of zeros could flatter a kernel), others stay zero.
void FillWithNoise(const Tensor& input);

}  // namespace verge::cli
