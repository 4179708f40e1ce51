// The factors of the channels between two layers that cost least: the arithmetic of equalise.h, for one value and the
// layer that reads it.
//
// Threads   pure functions
#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <vector>

#include "quant/equalise.h"
#include "quant/layer_view.h"

namespace verge::quant {

// What samples showed of each channel of a value, channels last.
struct SeenChannels {
  explicit SeenChannels(size_t channels) : lo(channels), hi(channels), squares(channels), others(channels) {}

  void Add(const Tensor& x);
  // Sums to means; once, at the end.
  void Finish();
  double LargestOf(size_t c) const { return std::max(hi[c], -lo[c]); }

  std::vector<double> lo, hi;   // lo <= 0 <= hi
  std::vector<double> squares;  // mean of x^2
  std::vector<double> others;   // share of x that are not 0, which every scale expresses
  double rows = 0;
};

inline constexpr double kRelu6Clamp = 6;

// s, one a channel: the value divided by s and the layer's weights multiplied by it compute the same. Nothing when
// leaving the channels as they are is as good. `has_clamp`: a relu6 makes the value, so that what reaches 6 is left.
std::optional<std::vector<double>> ChooseFactors(const LayerView& reader, std::span<const float> weights,
                                                 const SeenChannels& seen, bool has_clamp,
                                                 const EqualiseOptions& options);

// Calls f(output channel, index within it) for each weight.
template <typename F>
void ForEachWeight(const LayerView& view, F f) {
  for (size_t o = 0; o < view.channels(); ++o) {
    for (size_t i = 0; i < view.fan_in(); ++i) f(o, i);
  }
}

// Multiplies the weights of `reader`, whose constant is replaced by a copy, by the factors of their input channels.
void ScaleReader(ir::Graph& graph, const ir::Node& reader, std::span<const double> factors);

}  // namespace verge::quant
