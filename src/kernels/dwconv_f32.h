// One row of a depthwise fp32 convolution (one filter a channel), NHWC, or two that share input rows.
//
//   y[o][c] = clamp(bias[c] + sum_{r, t} rows[r][at(o, t) * row_channels + c] * w[r][t][c], lo, hi)
//   at(o, t) = o * stride - pad_left + t * dilation                                  o < out_w, c < channels
//
// where positions outside [0, in_w) count nothing. `rows` are the input rows that this output row sees; rows above and
// below the image are left out together with their weights. With out_rows 2 there is one pointer more: the second
// output row, y_row floats behind the first, sees rows[1] to rows[row_count] with the same weights.
//
// Exact     products are added in the order r, t by fused multiply-add, starting from the bias, on every processor
// Requires  row_count, kw, out_w, channels >= 1; bias and w hold `channels` values rounded up to padded_channels, a
//           multiple of the vector length; y overlaps nothing
// Memory    reads rows[r][0 .. in_w * row_channels), writes y[o * row_channels + c]; no scratch
// Threads   re-entrant
#pragma once

#include <stddef.h>

namespace verge::kernels {

struct DwConvF32Args {
  const float* const* rows;
  size_t row_count;
  size_t out_rows;  // 1 or 2
  size_t kw;
  size_t stride;
  size_t dilation;
  size_t pad_left;
  size_t in_w;
  size_t out_w;
  size_t channels;
  size_t padded_channels;
  size_t row_channels;  // floats from one pixel to the next
  const float* bias;
  const float* w;  // [row_count][kw][padded_channels]
  float* y;
  size_t y_row;
  float lo;
  float hi;
};

struct DwConvF32Table {
  const char* isa;
  const char* name;
  size_t lanes;
  void (*rows)(const DwConvF32Args& args);
};

}  // namespace verge::kernels
