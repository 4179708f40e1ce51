// Weights and biases as integers.
//
// Weights   w ~ scale[c] q, q in [-limit, limit] (127, or 7 for 4 bits), zero points 0, one scale an index c of the
//           channels' axis or one in all. 8 bits: scale = max|w| / 127. 4 bits: the scale, of 61 between 40 % and 100 %
//           of max|w| / 7, that makes sum (w - scale q)^2 least; the first of equal ones, widest first.
// Biases    count in steps of x_scale scale[c], in i32 or i64. Where a bias, or a bias with the largest sum that the
//           weights can make, would leave the sum's type, the channel's scale is raised until both fit: weights that
//           are small next to their bias lose steps which the output would not have seen.
//
// Exact     f32 and f64 arithmetic in one order, no library functions that machines round differently
// Threads   pure functions
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/status.h"
#include "ir/graph.h"

namespace verge::quant {

inline constexpr int kLimit8 = 127;
inline constexpr int kLimit4 = 7;
inline constexpr int kWhole = -1;  // axis of a tensor with one scale in all

// What of `shape` is a channel: its number by the offset of an element.
struct Channels {
  Channels(const Shape& shape, int axis);
  size_t Of(size_t offset) const { return offset / inner % count; }
  size_t count = 1;
  size_t inner = 1;
};

struct WeightCode {
  std::vector<float> scales;  // one a channel
  std::vector<int8_t> q;      // in the order of the weights
};

// One scale a channel, as above.
std::vector<float> WeightScales(std::span<const float> weights, const Channels& channels, int limit);

// Each weight to the nearest step, halves away from zero. Scales of 0 give 0.
WeightCode RoundToNearest(std::span<const float> weights, const Channels& channels, std::vector<float> scales,
                          int limit);

// sum w^2 / sum (w - scale q)^2 in decibels; infinity when exact.
double WeightSqnr(std::span<const float> weights, const Channels& channels, const WeightCode& code);

// How wide sums are: 32 bits for i8 activations, 64 for i16.
enum class SumWidth { k32, k64 };

// Raises scales so that bias and sums fit, and gives every channel a scale above 0. `fan_in`: weights that one output
// adds; `bias` may be empty.
void RaiseScales(std::span<const float> weights, const Channels& channels, std::span<const float> bias, float x_scale,
                 SumWidth width, std::vector<float>& scales);

// round(bias / (x_scale scale[c])), limited to what RaiseScales leaves room for.
std::vector<int64_t> BiasSteps(std::span<const float> bias, float x_scale, std::span<const float> scales,
                               SumWidth width);

// Whole steps of a bias, within what RaiseScales leaves room for.
int64_t LimitBias(double steps, SumWidth width);

// The numbers of a constant of f32.
inline std::span<const float> Floats(const ir::Value& value) {
  return {reinterpret_cast<const float*>(value.constant->data()), value.shape.elems()};
}

}  // namespace verge::quant
