// Boxes: what a decoder makes of the outputs, against the boxes of the data (mean average precision), or against how
// many things there are (the share of pictures with the right count).
#include <algorithm>
#include <cstdlib>

#include "decode/dense.h"
#include "decode/prior_boxes.h"
#include "eval/task.h"

namespace verge::eval {
namespace {

using decode::Detection;

struct Decoding {
  std::vector<std::vector<float>> outputs;
  decode::InputSize input;
  int classes;
  float min_score;
};

Result<std::vector<Detection>> Yolox(const Decoding& d) {
  return decode::DecodeYolox(d.outputs[0], d.input, d.classes, d.min_score);
}

// The outputs come in any order: each is known by its size.
Result<std::vector<Detection>> Nanodet(const Decoding& d) {
  constexpr size_t kBins = 8;  // distances of 0 .. 7 strides
  std::vector<decode::NanodetLevel> levels;
  for (const int stride : {8, 16, 32}) {
    const auto cells = static_cast<size_t>((d.input.width + stride - 1) / stride) *
                       static_cast<size_t>((d.input.height + stride - 1) / stride);
    decode::NanodetLevel level{stride, {}, {}};
    for (const std::vector<float>& output : d.outputs) {
      if (output.size() == cells * static_cast<size_t>(d.classes)) level.scores = output;
      if (output.size() == cells * 4 * kBins) level.distances = output;
    }
    levels.push_back(level);
  }
  return decode::DecodeNanodet(levels, d.input, d.classes, d.min_score);
}

Result<std::vector<Detection>> Fastestdet(const Decoding& d) {
  constexpr int kStride = 16;
  return decode::DecodeFastestdet(d.outputs[0], d.input.height / kStride, d.input.width / kStride, d.classes,
                                  d.min_score);
}

// TFLite_Detection_PostProcess: boxes as (top, left, bottom, right), classes, scores, how many.
Result<std::vector<Detection>> Postprocess(const Decoding& d) {
  if (d.outputs.size() < 4 || d.outputs[3].empty()) {
    return VERGE_ERROR(kInvalidArgument, "the decoder postprocess needs four outputs: boxes, classes, scores, count");
  }
  const std::vector<float>&boxes = d.outputs[0], &classes = d.outputs[1], &scores = d.outputs[2];
  const auto said = static_cast<size_t>(std::clamp(d.outputs[3][0], 0.0F, 1e6F));
  const size_t count = std::min({said, boxes.size() / 4, classes.size(), scores.size()});
  std::vector<Detection> out;
  for (size_t i = 0; i < count; ++i) {
    const decode::Box box{boxes[4 * i + 1], boxes[4 * i], boxes[4 * i + 3], boxes[4 * i + 2]};
    const bool is_class = classes[i] >= 0 && classes[i] < 1e6F;
    if (scores[i] >= d.min_score && is_class && decode::IsFinite(box)) {
      out.push_back({box, scores[i], static_cast<int>(classes[i])});
    }
  }
  return out;
}

// Two outputs of boxes x 2 scores and boxes x 4 numbers; `has_corners`: the numbers are corners already.
Result<std::vector<Detection>> Ultraface(const Decoding& d, bool has_corners) {
  if (d.outputs.size() != 2) return VERGE_ERROR(kInvalidArgument, "the decoder ultraface needs two outputs");
  const bool is_first = d.outputs[0].size() < d.outputs[1].size();
  std::vector<decode::Prior> priors;
  if (!has_corners) priors = decode::UltrafacePriors(d.input);
  return decode::DecodePriorBoxes(d.outputs[is_first ? 0 : 1], d.outputs[is_first ? 1 : 0], priors, 2, d.min_score);
}

Result<std::vector<Detection>> Decode(const std::string& decoder, const Decoding& d) {
  if (decoder == "yolox") return Yolox(d);
  if (decoder == "nanodet") return Nanodet(d);
  if (decoder == "fastestdet") return Fastestdet(d);
  if (decoder == "postprocess") return Postprocess(d);
  if (decoder == "ultraface" || decoder == "ultraface_priors") return Ultraface(d, decoder == "ultraface");
  return VERGE_ERROR(kInternal, "no decoder '" + decoder + "'");
}

decode::Box InPicture(const decode::Box& box, const Placement& p) {
  const auto x = [&](float v) {
    const double pixel = p.offset_x + static_cast<double>(v) * p.input_width * p.scale_x;
    return static_cast<float>(std::clamp(pixel, 0.0, static_cast<double>(p.picture_width)));
  };
  const auto y = [&](float v) {
    const double pixel = p.offset_y + static_cast<double>(v) * p.input_height * p.scale_y;
    return static_cast<float>(std::clamp(pixel, 0.0, static_cast<double>(p.picture_height)));
  };
  return {x(box.x0), y(box.y0), x(box.x1), y(box.y1)};
}

struct Picture {
  std::vector<TrueBox> truth;  // pixels
  std::vector<Detection> found;
};

class Detect final : public Task {
 public:
  Detect(const Spec& spec, const Dataset& data, std::vector<int> to_data)
      : spec_(spec), data_(data), to_data_(std::move(to_data)), pictures_(data.items.size()) {}

  Status Judge(size_t index, const Run& run) override {
    const Placement& p = run.placement;
    Decoding decoding{{},
                      {p.input_width, p.input_height},
                      static_cast<int>(std::max<size_t>(to_data_.size(), 1)),
                      static_cast<float>(spec_.output.min_score)};
    for (const Tensor& output : run.outputs) decoding.outputs.push_back(RealValues(output));
    VERGE_TRY_ASSIGN(std::vector<Detection> found, Decode(spec_.output.decoder, decoding));
    Picture& picture = pictures_[index];
    for (Detection& one : decode::Suppress(std::move(found), static_cast<float>(spec_.output.max_overlap),
                                           static_cast<size_t>(spec_.output.max_count))) {
      one.box = InPicture(one.box, p);
      one.label = one.label < static_cast<int>(to_data_.size()) ? to_data_[static_cast<size_t>(one.label)] : one.label;
      picture.found.push_back(one);
    }
    for (const TrueBox& box : data_.items[index].boxes) {
      const auto w = static_cast<float>(p.picture_width), h = static_cast<float>(p.picture_height);
      picture.truth.push_back({{box.box.x0 * w, box.box.y0 * h, box.box.x1 * w, box.box.y1 * h}, box.label});
    }
    return Status::Ok();
  }

  Result<std::vector<Figure>> Figures() override { return spec_.data.boxes_folder.empty() ? Counts() : Precisions(); }

 private:
  Result<std::vector<Figure>> Counts() const {
    size_t right = 0;
    double off = 0, all = 0;
    for (size_t i = 0; i < pictures_.size(); ++i) {
      const int found = static_cast<int>(pictures_[i].found.size()), there = data_.items[i].label;
      right += found == there ? 1 : 0;
      off += std::abs(found - there);
      all += there;
    }
    const size_t n = pictures_.size();
    return std::vector<Figure>{{"counts", static_cast<double>(right) / static_cast<double>(n), Wilson(right, n)},
                               {"count_error", off / all, std::nullopt}};
  }

  Result<std::vector<Figure>> Precisions() const {
    AveragePrecision precision(static_cast<int>(data_.classes.size()));
    for (const Picture& picture : pictures_) precision.AddPicture(picture.truth, picture.found);
    const size_t n = pictures_.size();
    using Weights = std::span<const uint32_t>;
    const PrecisionFigures all = precision.Figures(AreaRange::kAll);
    std::vector<Figure> figures = {
        {"map", all.map,
         Bootstrap(
             n, [&](Weights w) { return precision.Figures(AreaRange::kAll, w).map; }, 500)},
        {"map50", all.map50,
         Bootstrap(
             n, [&](Weights w) { return precision.Figures(AreaRange::kAll, w).map50; }, 500)},
        {"map75", all.map75, std::nullopt}};
    figures.push_back({"map_small", precision.Figures(AreaRange::kSmall).map, std::nullopt});
    figures.push_back({"map_medium", precision.Figures(AreaRange::kMedium).map, std::nullopt});
    figures.push_back({"map_large", precision.Figures(AreaRange::kLarge).map, std::nullopt});
    return figures;
  }

  Spec spec_;
  const Dataset& data_;
  std::vector<int> to_data_;  // class of the model -> class of the data, -1: the data has none
  std::vector<Picture> pictures_;
};

}  // namespace

Result<std::unique_ptr<Task>> MakeDetect(const Spec& spec, const Dataset& data) {
  std::vector<int> to_data;
  if (!spec.data.boxes_folder.empty() && data.classes.empty()) {
    return VERGE_ERROR(kInvalidArgument, "detect needs data.classes: a file with a class name a line");
  }
  for (size_t c = 0; c < data.classes.size(); ++c) to_data.push_back(static_cast<int>(c));
  if (!spec.output.classes_file.empty()) {
    VERGE_TRY_ASSIGN(const std::vector<std::string> names, ReadLines(spec.output.classes_file));
    to_data.clear();
    size_t known = 0;
    for (const std::string& name : names) {
      const Result<int> label = FindClass(data.classes, name);
      known += label.ok() ? 1 : 0;
      to_data.push_back(label.ok() ? *label : -1);
    }
    if (known == 0) {
      return VERGE_ERROR(kInvalidArgument, spec.output.classes_file + ": no name is in the data's list of classes");
    }
  }
  for (const Item& item : data.items) {
    if (spec.data.boxes_folder.empty() && item.label < 0) {
      return VERGE_ERROR(kInvalidArgument, item.name + " has no label; it says how many things there are");
    }
  }
  return std::unique_ptr<Task>(std::make_unique<Detect>(spec, data, std::move(to_data)));
}

}  // namespace verge::eval
