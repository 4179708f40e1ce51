// Detection as the op defines it, over two ways to compare a box with those that were taken.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>

#include "ops/box_overlap.h"
#include "ops/detection_postprocess/detection_postprocess.h"
#include "ops/kept_boxes.h"
#include "ops/kernel.h"

namespace verge::ops {

// A class of a box, with its score.
struct DetectorHit {
  float score;
  int32_t box;
  int32_t cls;
};

// What a run needs besides its outputs, as offsets into the scratch memory.
struct DetectorLayout {
  explicit DetectorLayout(const DetectionPostprocessAttrs& a, size_t n) {
    const auto put = [&](size_t bytes) {
      const size_t at = total;
      total += (bytes + 63) / 64 * 64;
      return at;
    };
    taken_count = static_cast<size_t>(a.regular ? a.per_class : a.max_detections);
    boxes = put(n * sizeof(CornerBox));
    scores = put(n * sizeof(float));
    order = put(n * sizeof(int32_t));
    classes = put(static_cast<size_t>(a.classes) * sizeof(int32_t));
    taken = put(taken_count * sizeof(int32_t));
    planes = put(kernels::kBoxPlanes * taken_count * sizeof(float));
    hits = put((static_cast<size_t>(a.max_detections) + taken_count) * sizeof(DetectorHit));
  }
  size_t taken_count = 0;
  size_t boxes = 0, scores = 0, order = 0, classes = 0, taken = 0, planes = 0, hits = 0, total = 0;
};

inline CornerBox DecodeBox(const DetectionPostprocessAttrs& a, const float* raw, const float* anchor) {
  const auto centre = [&](size_t i, float scale) {
    return static_cast<float>(double{raw[i]} / double{scale} * double{anchor[i + 2]} + double{anchor[i]});
  };
  const auto half = [&](size_t i, float scale) {
    return static_cast<float>(0.5 * std::exp(double{raw[i]} / double{scale}) * double{anchor[i]});
  };
  const float y = centre(0, a.y_scale);
  const float x = centre(1, a.x_scale);
  const float h = half(2, a.h_scale);
  const float w = half(3, a.w_scale);
  return {y - h, x - w, y + h, x + w};
}

// Kept(scratch, layout) keeps boxes: Clear(), Covers(boxes, index, threshold), Add(boxes, index).
template <typename Kept>
class Detector {
 public:
  Detector(const RunArgs& args, const DetectionPostprocessAttrs& attrs)
      : args_(args),
        a_(attrs),
        n_(static_cast<size_t>(args.inputs[2].shape()[0])),
        columns_(static_cast<size_t>(args.inputs[1].shape()[2])),
        layout_(attrs, n_),
        kept_(args.scratch, layout_) {
    const auto raw_size = static_cast<size_t>(args.inputs[0].shape()[2]);
    for (size_t i = 0; i < n_; ++i) {
      Boxes()[i] =
          DecodeBox(a_, args.inputs[0].as<const float>() + i * raw_size, args.inputs[2].as<const float>() + 4 * i);
    }
  }

  void Run() {
    for (const Tensor& output : args_.outputs) std::memset(output.data, 0, output.shape().elems() * sizeof(float));
    *args_.outputs[3].as<float>() = static_cast<float>(a_.regular ? Regular() : Fast());
  }

 private:
  template <typename T>
  T* At(size_t offset) const {
    return reinterpret_cast<T*>(args_.scratch + offset);
  }
  CornerBox* Boxes() const { return At<CornerBox>(layout_.boxes); }

  // The scores of the box's classes, without the background.
  const float* ScoresOf(size_t box) const {
    return args_.inputs[1].as<const float>() + box * columns_ + (columns_ - static_cast<size_t>(a_.classes));
  }

  // Takes up to `most` boxes by the scores that lie in the scratch memory; gives how many.
  size_t Suppress(size_t most) {
    const auto* scores = At<float>(layout_.scores);
    auto* order = At<int32_t>(layout_.order);
    auto* taken = At<int32_t>(layout_.taken);
    size_t candidates = 0;
    for (size_t i = 0; i < n_; ++i) {
      if (scores[i] >= a_.score_threshold) order[candidates++] = static_cast<int32_t>(i);
    }
    kept_.Clear();
    size_t count = 0;
    if (most == 0) return count;
    ForBestFirst({order, candidates}, scores, [&](int32_t i) {
      if (kept_.Covers(Boxes(), i, a_.iou_threshold)) return true;
      kept_.Add(Boxes(), i);
      taken[count++] = i;
      return count < most;
    });
    return count;
  }

  void Write(size_t row, int32_t box, int32_t cls) const {
    const CornerBox& b = Boxes()[box];
    float* to = args_.outputs[0].as<float>() + 4 * row;
    to[0] = b.y1;
    to[1] = b.x1;
    to[2] = b.y2;
    to[3] = b.x2;
    args_.outputs[1].as<float>()[row] = static_cast<float>(cls);
    args_.outputs[2].as<float>()[row] = ScoresOf(static_cast<size_t>(box))[cls];
  }

  size_t Fast() {
    auto* best = At<float>(layout_.scores);
    for (size_t i = 0; i < n_; ++i) best[i] = *std::max_element(ScoresOf(i), ScoresOf(i) + a_.classes);
    const size_t count = Suppress(static_cast<size_t>(a_.max_detections));
    const int64_t shown = std::min(a_.max_classes, a_.classes);
    auto* classes = At<int32_t>(layout_.classes);
    for (size_t k = 0; k < count; ++k) {
      const int32_t box = At<int32_t>(layout_.taken)[k];
      const float* scores = ScoresOf(static_cast<size_t>(box));
      for (int32_t c = 0; c < a_.classes; ++c) classes[c] = c;
      std::partial_sort(classes, classes + shown, classes + a_.classes, [&](int32_t i, int32_t j) {
        return scores[i] > scores[j] || (scores[i] == scores[j] && i < j);
      });
      for (int64_t c = 0; c < shown; ++c)
        Write(k * static_cast<size_t>(a_.max_classes) + static_cast<size_t>(c), box, classes[c]);
    }
    return count;
  }

  // The best of all classes so far stay in front of `hits`.
  size_t Regular() {
    auto* hits = At<DetectorHit>(layout_.hits);
    auto* scores = At<float>(layout_.scores);
    size_t count = 0;
    for (int32_t cls = 0; cls < a_.classes; ++cls) {
      for (size_t i = 0; i < n_; ++i) scores[i] = ScoresOf(i)[cls];
      const size_t taken = Suppress(static_cast<size_t>(a_.per_class));
      for (size_t k = 0; k < taken; ++k) {
        const int32_t box = At<int32_t>(layout_.taken)[k];
        hits[count + k] = {scores[box], box, cls};
      }
      // Of equal scores the earlier class, and within it the earlier taken box, comes first: insertion keeps order.
      for (size_t k = count; k < count + taken; ++k) {
        for (size_t i = k; i > 0 && hits[i].score > hits[i - 1].score; --i) std::swap(hits[i], hits[i - 1]);
      }
      count = std::min(count + taken, static_cast<size_t>(a_.max_detections));
    }
    for (size_t k = 0; k < count; ++k) Write(k, hits[k].box, hits[k].cls);
    return count;
  }

  const RunArgs& args_;
  const DetectionPostprocessAttrs& a_;
  size_t n_;
  size_t columns_;
  DetectorLayout layout_;
  Kept kept_;
};

}  // namespace verge::ops
