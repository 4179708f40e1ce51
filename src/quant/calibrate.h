// From what was seen of an activation to the range that its integers express, and from a range to scale and zero point.
//
//   min_max     everything that was seen
//   percentile  p percent of what was seen; what is left out is shared evenly by both ends
//   mse         the range that makes the mean squared error of quantisation least: clipped values add their distance
//               to the range squared, values inside scale^2 / 12, zeros nothing
//   entropy     the range [-t, t] that loses the least information: the relative entropy of the distribution of |x|
//               clipped at t with respect to the same in as many steps as the integers have; for non-negative values
//               all steps, otherwise half of them (S. Migacz, "8-bit inference with TensorRT", GTC 2017)
//
// Every range holds 0.
// Exact     a better candidate must be better by more than rounding errors of other machines could make it, and ties
//           go to the wider range
// Threads   pure functions
#pragma once

#include "base/tensor.h"
#include "ops/quant.h"
#include "quant/observe.h"
#include "quant/quantize.h"

namespace verge::quant {

struct Range {
  double lo = 0;
  double hi = 0;
};

// `steps` that the integers have: 256 for 8 bits.
Range ChooseRange(const Histogram& seen, Calibrator calibrator, double percentile, int steps = 256);

// Scale and zero point of an i8, u8 or i16 whose integers express [lo, hi] around 0; i16 symmetrically. 0 is a whole
// step. The scale is above 0 for every finite range.
ops::ScaleZero AffineOf(Range range, DType dtype);

// What a quantised tensor can express.
Range ExpressibleRange(ops::ScaleZero scale, DType dtype);

}  // namespace verge::quant
