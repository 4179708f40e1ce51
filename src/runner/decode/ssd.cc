#include "runner/decode/ssd.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace verge::runner {
namespace {

double ScaleOf(const AnchorOptions& options, size_t layer) {
  const size_t layers = options.strides.size();
  if (layers == 1) return (options.min_scale + options.max_scale) / 2;
  return options.min_scale +
         (options.max_scale - options.min_scale) * static_cast<double>(layer) / static_cast<double>(layers - 1);
}

// (width, height) of the anchors of one cell.
std::vector<std::pair<double, double>> SizesOf(const AnchorOptions& options, size_t layer) {
  std::vector<std::pair<double, double>> sizes;
  const auto add = [&](double scale, double aspect) {
    sizes.emplace_back(scale * std::sqrt(aspect), scale / std::sqrt(aspect));
  };
  const double scale = ScaleOf(options, layer);
  if (layer == 0 && options.has_reduced_first_layer) {
    add(0.1, 1);
    add(scale, 2);
    add(scale, 0.5);
    return sizes;
  }
  for (const double aspect : options.aspects) add(scale, aspect);
  if (options.has_interpolated_square) {
    const double next = layer + 1 == options.strides.size() ? 1.0 : ScaleOf(options, layer + 1);
    add(std::sqrt(scale * next), 1);
  }
  return sizes;
}

float Sigmoid(float logit) { return 1.0F / (1.0F + std::exp(-logit)); }

}  // namespace

std::vector<Anchor> MakeSsdAnchors(const AnchorOptions& options) {
  std::vector<Anchor> anchors;
  for (size_t layer = 0; layer < options.strides.size(); ++layer) {
    const int stride = options.strides[layer];
    const int columns = (options.input_width + stride - 1) / stride;
    const int rows = (options.input_height + stride - 1) / stride;
    const std::vector<std::pair<double, double>> sizes = SizesOf(options, layer);
    for (int row = 0; row < rows; ++row) {
      for (int column = 0; column < columns; ++column) {
        for (const auto& [w, h] : sizes) {
          anchors.push_back({static_cast<float>((column + 0.5) / columns), static_cast<float>((row + 0.5) / rows),
                             static_cast<float>(w), static_cast<float>(h)});
        }
      }
    }
  }
  return anchors;
}

SsdDecoder::SsdDecoder(SsdOptions options, std::vector<std::string> labels)
    : options_(std::move(options)), labels_(std::move(labels)), anchors_(MakeSsdAnchors(options_.anchors)) {}

Box SsdDecoder::DecodeBox(size_t anchor, std::span<const float> encodings) const {
  const Anchor& a = anchors_[anchor];
  const float* e = encodings.data() + 4 * anchor;
  const auto& s = options_.box_scale;
  const float cy = e[0] / static_cast<float>(s[0]) * a.h + a.cy;
  const float cx = e[1] / static_cast<float>(s[1]) * a.w + a.cx;
  const float h = a.h * std::exp(e[2] / static_cast<float>(s[2]));
  const float w = a.w * std::exp(e[3] / static_cast<float>(s[3]));
  return {cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2};
}

// The best candidates of class c; equal scores in the order of their anchors.
void SsdDecoder::DecodeClass(size_t c, std::span<const float> encodings, std::span<const float> logits,
                             std::vector<decode::Detection>& candidates) const {
  std::vector<decode::Detection> of_class;
  for (size_t anchor = 0; anchor < anchors_.size(); ++anchor) {
    const float score = Sigmoid(logits[anchor * labels_.size() + c]);
    if (!(score >= options_.min_score)) continue;
    const Box box = DecodeBox(anchor, encodings);
    if (decode::IsFinite(box)) of_class.push_back({box, score, static_cast<int>(c)});
  }
  std::stable_sort(of_class.begin(), of_class.end(),
                   [](const decode::Detection& a, const decode::Detection& b) { return a.score > b.score; });
  if (of_class.size() > options_.max_candidates) of_class.resize(options_.max_candidates);
  candidates.insert(candidates.end(), of_class.begin(), of_class.end());
}

std::vector<Object> SsdDecoder::Decode(std::span<const float> encodings, std::span<const float> logits) const {
  std::vector<decode::Detection> candidates;
  for (size_t c = 1; c < labels_.size(); ++c) DecodeClass(c, encodings, logits, candidates);
  std::vector<Object> objects;
  for (const decode::Detection& found :
       decode::Suppress(std::move(candidates), options_.max_overlap, options_.max_objects)) {
    Object& object = objects.emplace_back();
    object.label = labels_[static_cast<size_t>(found.label)];
    object.score = found.score;
    object.box = found.box;
  }
  return objects;
}

}  // namespace verge::runner
