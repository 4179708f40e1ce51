// Functions of fixed-point numbers, as the integer recurrent layers of TFLite use them. A 16-bit number with k integer
// bits stands for x / 2^(15 - k).
//
// Exact     integers only; the same bits on every machine
// Overflow  defined for every input: sums wrap, rescaled numbers saturate
// Threads   pure functions
#pragma once

#include <cstdint>

#include "ops/quant.h"

namespace verge::ops {

// 1 / (1 + exp(-x)) and tanh(x) of a number with `integer_bits` (0 to 6) integer bits; the result has none.
int16_t FixedLogistic(int16_t x, int integer_bits);
int16_t FixedTanh(int16_t x, int integer_bits);

// 1 / sqrt(x) for x >= 1.
FixedScale FixedInverseSqrt(int32_t x);

}  // namespace verge::ops
