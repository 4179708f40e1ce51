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

float Overlap(const Box& a, const Box& b) {
  const float w = std::min(a.x1, b.x1) - std::max(a.x0, b.x0);
  const float h = std::min(a.y1, b.y1) - std::max(a.y0, b.y0);
  if (!(w > 0 && h > 0)) return 0;
  const float both = w * h;
  const float all = (a.x1 - a.x0) * (a.y1 - a.y0) + (b.x1 - b.x0) * (b.y1 - b.y0) - both;
  return all > 0 ? both / all : 0;
}

struct SsdDecoder::Candidate {
  float score;
  size_t anchor;
  size_t label;
  Box box;
};

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

void SsdDecoder::DecodeClass(size_t c, std::span<const float> encodings, std::span<const float> logits,
                             std::vector<Candidate>& kept) const {
  std::vector<Candidate> candidates;
  for (size_t anchor = 0; anchor < anchors_.size(); ++anchor) {
    const float score = Sigmoid(logits[anchor * labels_.size() + c]);
    if (!(score >= options_.min_score)) continue;
    const Box box = DecodeBox(anchor, encodings);
    if (!std::isfinite(box.x0 + box.y0 + box.x1 + box.y1)) continue;
    candidates.push_back({score, anchor, c, box});
  }
  std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    return a.score != b.score ? a.score > b.score : a.anchor < b.anchor;
  });
  if (candidates.size() > options_.max_candidates) candidates.resize(options_.max_candidates);
  const size_t first = kept.size();
  for (const Candidate& candidate : candidates) {
    const bool is_hidden =
        std::any_of(kept.begin() + static_cast<std::ptrdiff_t>(first), kept.end(),
                    [&](const Candidate& better) { return Overlap(better.box, candidate.box) > options_.max_overlap; });
    if (!is_hidden) kept.push_back(candidate);
  }
}

std::vector<Object> SsdDecoder::Decode(std::span<const float> encodings, std::span<const float> logits) const {
  std::vector<Candidate> kept;
  for (size_t c = 1; c < labels_.size(); ++c) DecodeClass(c, encodings, logits, kept);
  std::stable_sort(kept.begin(), kept.end(), [](const Candidate& a, const Candidate& b) { return a.score > b.score; });
  if (kept.size() > options_.max_objects) kept.resize(options_.max_objects);
  std::vector<Object> objects;
  for (const Candidate& candidate : kept) {
    Object& object = objects.emplace_back();
    object.label = labels_[candidate.label];
    object.score = candidate.score;
    object.box = candidate.box;
  }
  return objects;
}

}  // namespace verge::runner
