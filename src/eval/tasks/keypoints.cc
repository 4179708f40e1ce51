// Key points: the share of points within reach of where they should be, and how far off they are on average. Distances
// are measured in the size of the figure: the longer side of its box, or where the model makes none of the box around
// its true points. What is true are the data's points, or where there is a reference what that model says.
#include <algorithm>
#include <cmath>

#include "decode/blazeface.h"
#include "eval/metrics/scores.h"
#include "eval/task.h"

namespace verge::eval {
namespace {

// What a model says of one picture, in fractions of its input.
struct Pose {
  std::vector<KeyPoint> points;
  float score = 1;
  double size = 0;  // of the box that the model puts around it, in pixels of the input; 0: it makes none
};

// Blazepose: [1, points * (x, y, z, visibility, presence)] in pixels of the input; the score is an output of its own.
// Of 39 points the last six are for tracking.
Pose DecodeBlazepose(const std::vector<float>& values, std::span<const Tensor> outputs, const Placement& placement) {
  constexpr size_t kBodyPoints = 33;
  Pose pose;
  for (size_t i = 0; i + 4 < values.size() && i / 5 < kBodyPoints; i += 5) {
    pose.points.push_back({true, values[i] / static_cast<float>(placement.input_width),
                           values[i + 1] / static_cast<float>(placement.input_height)});
  }
  for (const Tensor& output : outputs) {
    if (output.shape().elems() == 1) pose.score = RealValues(output)[0];
  }
  return pose;
}

Result<Pose> DecodeFace(std::span<const Tensor> outputs, const Placement& placement) {
  if (outputs.size() != 2) return VERGE_ERROR(kInvalidArgument, "BlazeFace has two outputs, offsets and scores");
  const size_t scores = outputs[0].shape().elems() < outputs[1].shape().elems() ? 0 : 1;
  VERGE_TRY_ASSIGN(const decode::Face face,
                   decode::DecodeBlazeface(RealValues(outputs[1 - scores]), RealValues(outputs[scores])));
  Pose pose{{},
            face.score,
            std::max(static_cast<double>(face.w) * placement.input_width,
                     static_cast<double>(face.h) * placement.input_height)};
  for (const auto& [x, y] : face.points) pose.points.push_back({true, x, y});
  return pose;
}

Result<Pose> Decode(const OutputSpec& spec, std::span<const Tensor> outputs, const Placement& placement) {
  if (spec.decoder == "blazeface") return DecodeFace(outputs, placement);
  if (spec.index >= static_cast<int64_t>(outputs.size())) {
    return VERGE_ERROR(kInvalidArgument, "output.index: the model has " + std::to_string(outputs.size()) + " outputs");
  }
  const std::vector<float> values = RealValues(outputs[static_cast<size_t>(spec.index)]);
  if (spec.decoder == "blazepose") return DecodeBlazepose(values, outputs, placement);
  Pose pose;  // movenet: [1, 1, points, (y, x, score)]
  for (size_t i = 0; i + 2 < values.size(); i += 3) pose.points.push_back({true, values[i + 1], values[i]});
  return pose;
}

// The longer side of the box around the points, in pixels.
double SizeOf(const std::vector<KeyPoint>& points, int width, int height) {
  double x0 = 1e30, y0 = 1e30, x1 = -1e30, y1 = -1e30;
  for (const KeyPoint& point : points) {
    if (!point.is_known) continue;
    const double x = static_cast<double>(point.x) * width, y = static_cast<double>(point.y) * height;
    x0 = std::min(x0, x), x1 = std::max(x1, x), y0 = std::min(y0, y), y1 = std::max(y1, y);
  }
  return std::max({x1 - x0, y1 - y0, 1.0});
}

class Keypoints final : public Task {
 public:
  Keypoints(const Spec& spec, const Dataset& data)
      : spec_(spec), data_(data), distances_(data.items.size()), is_found_(data.items.size()) {}

  Status Judge(size_t index, const Run& run) override {
    VERGE_TRY_ASSIGN(const Pose said, Decode(spec_.output, run.outputs, run.placement));
    if (!spec_.reference.empty()) return JudgeShift(index, said, run);
    return JudgeTruth(index, said, run.placement);
  }

  Result<std::vector<Figure>> Figures() override {
    size_t right = 0, points = 0;
    double sum = 0;
    for (const std::vector<double>& item : distances_) {
      for (const double distance : item) {
        right += distance <= spec_.output.reach ? 1 : 0;
        sum += distance;
        ++points;
      }
    }
    const auto count = static_cast<double>(points);
    std::vector<Figure> figures = {{"pck", static_cast<double>(right) / count, Wilson(right, points)},
                                   {"distance", sum / count, std::nullopt}};
    if (!spec_.reference.empty()) {
      const auto found = static_cast<double>(std::ranges::count(is_found_, 1));
      figures.push_back({"found", found, std::nullopt});
    }
    return figures;
  }

 private:
  // Against the points of the data.
  Status JudgeTruth(size_t index, const Pose& said, const Placement& p) {
    const std::vector<KeyPoint>& truth = data_.items[index].points;
    const double size = SizeOf(truth, p.picture_width, p.picture_height);
    for (size_t k = 0; k < truth.size(); ++k) {
      if (!truth[k].is_known) continue;
      VERGE_TRY_ASSIGN(const KeyPoint point, PointOf(said, k));
      const double x = p.offset_x + static_cast<double>(point.x) * p.input_width * p.scale_x;
      const double y = p.offset_y + static_cast<double>(point.y) * p.input_height * p.scale_y;
      distances_[index].push_back(std::hypot(x - static_cast<double>(truth[k].x) * p.picture_width,
                                             y - static_cast<double>(truth[k].y) * p.picture_height) /
                                  size);
    }
    return Status::Ok();
  }

  // Against another model's points, where that one is certain.
  Status JudgeShift(size_t index, const Pose& said, const Run& run) {
    const Placement& p = run.placement;
    VERGE_TRY_ASSIGN(const Pose truth, Decode(spec_.output, run.reference, p));
    if (static_cast<double>(truth.score) < spec_.output.min_score) return Status::Ok();
    is_found_[index] = 1;
    const double size = truth.size > 0 ? truth.size : SizeOf(truth.points, p.input_width, p.input_height);
    for (size_t k = 0; k < truth.points.size(); ++k) {
      if (k >= said.points.size()) return VERGE_ERROR(kInvalidArgument, "the models have different key points");
      distances_[index].push_back(
          std::hypot(static_cast<double>(said.points[k].x - truth.points[k].x) * p.input_width,
                     static_cast<double>(said.points[k].y - truth.points[k].y) * p.input_height) /
          size);
    }
    return Status::Ok();
  }

  // The model's point that is point `k` of the data.
  Result<KeyPoint> PointOf(const Pose& said, size_t k) const {
    const std::vector<int>& points = spec_.output.points;
    const size_t at = points.empty() ? k : k < points.size() ? static_cast<size_t>(points[k]) : said.points.size();
    if (at < said.points.size()) return said.points[at];
    return VERGE_ERROR(kInvalidArgument, "point " + std::to_string(k) + " of the data is none of the model's " +
                                             std::to_string(said.points.size()) +
                                             " (output.points lists which is which)");
  }

  Spec spec_;
  const Dataset& data_;
  std::vector<std::vector<double>> distances_;
  std::vector<char> is_found_;  // no vector<bool>: items are judged by several threads
};

}  // namespace

Result<std::unique_ptr<Task>> MakeKeypoints(const Spec& spec, const Dataset& data) {
  for (const Item& item : data.items) {
    if (spec.reference.empty() && item.points.empty())
      return VERGE_ERROR(kInvalidArgument,
                         item.name + " has no key points (data.list: points), and there is no reference");
  }
  return std::unique_ptr<Task>(std::make_unique<Keypoints>(spec, data));
}

}  // namespace verge::eval
