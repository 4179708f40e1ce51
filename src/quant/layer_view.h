// A layer with weights as a product: output channel o of group g is, before bias and activation,
//
//   y[row][o] = sum_f patch[row][PatchIndex(g, f)] * w[WeightIndex(o, f)]
//
// where a patch is what the window of one output position sees of the input (zeros outside), kh kw c numbers of a
// convolution and k of a fully connected layer. Statistics of patches say what any change of the weights does to the
// output, without running the layer again.
//
// Threads   pure functions
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "ir/graph.h"

namespace verge::quant {

class LayerView {
 public:
  // Empty for nodes other than conv2d, depthwise_conv2d and fully_connected.
  static std::optional<LayerView> Of(const ir::Graph& graph, const ir::Node& node);

  size_t channels() const { return channels_; }
  size_t groups() const { return groups_; }
  size_t fan_in() const { return fan_in_; }
  size_t patch_size() const { return patch_size_; }
  size_t rows() const { return rows_; }  // output positions of one run
  size_t in_channels() const { return in_channels_; }
  size_t GroupOf(size_t channel) const { return channel / (channels_ / groups_); }
  size_t WeightIndex(size_t channel, size_t f) const {
    return is_depthwise_ ? f * channels_ + channel : channel * fan_in_ + f;
  }
  size_t PatchIndex(size_t group, size_t f) const {
    if (is_depthwise_) return f * in_channels_ + group;
    const size_t in_group = in_channels_ / groups_;
    return f / in_group * in_channels_ + group * in_group + f % in_group;
  }
  // The input channel that a weight is multiplied with.
  size_t InputChannel(size_t channel, size_t f) const { return PatchIndex(GroupOf(channel), f) % in_channels_; }

  // Copies the patch of output position `row`; x is the layer's input of one run.
  void ReadPatch(std::span<const float> x, size_t row, std::span<float> patch) const;

 private:
  struct Window {
    int64_t height = 1, width = 1, out_height = 1, out_width = 1;  // of the image and the output
    int64_t kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1, dilation_h = 1, dilation_w = 1;
    int64_t pad_top = 0, pad_left = 0;
  };
  template <typename Attrs>
  void SetWindow(const ir::Graph& graph, const ir::Node& node, const Attrs& attrs);

  bool is_depthwise_ = false;
  size_t channels_ = 1, groups_ = 1, fan_in_ = 1, patch_size_ = 1, rows_ = 1, in_channels_ = 1;
  Window window_;
};

}  // namespace verge::quant
