// Key points: the share of points within reach of where they should be, and how far off they are on average. Distances
// are measured in the size of the figure: the longer side of the box around its true points.
#include <algorithm>
#include <cmath>

#include "eval/task.h"

namespace verge::eval {
namespace {

// Fractions of the input.
Result<std::vector<KeyPoint>> Decode(const std::string& decoder, const Tensor& output, const Placement& placement) {
  const std::vector<float> values = RealValues(output);
  std::vector<KeyPoint> points;
  if (decoder == "movenet") {  // [1, 1, points, (y, x, score)]
    for (size_t i = 0; i + 2 < values.size(); i += 3) points.push_back({true, values[i + 1], values[i]});
    return points;
  }
  // Blazepose: [1, points * (x, y, z, visibility, presence)] in pixels of the input.
  for (size_t i = 0; i + 4 < values.size(); i += 5) {
    points.push_back({true, values[i] / static_cast<float>(placement.input_width),
                      values[i + 1] / static_cast<float>(placement.input_height)});
  }
  return points;
}

// Pixels of the picture.
double SizeOf(const std::vector<KeyPoint>& points, const Placement& p) {
  double x0 = 1e30, y0 = 1e30, x1 = -1e30, y1 = -1e30;
  for (const KeyPoint& point : points) {
    if (!point.is_known) continue;
    const double x = static_cast<double>(point.x) * p.picture_width,
                 y = static_cast<double>(point.y) * p.picture_height;
    x0 = std::min(x0, x), x1 = std::max(x1, x), y0 = std::min(y0, y), y1 = std::max(y1, y);
  }
  return std::max({x1 - x0, y1 - y0, 1.0});
}

class Keypoints final : public Task {
 public:
  Keypoints(const Spec& spec, const Dataset& data) : spec_(spec), data_(data), distances_(data.items.size()) {}

  Status Judge(size_t index, const Run& run) override {
    VERGE_TRY_ASSIGN(const Tensor output, OutputAt(run, spec_.output.index));
    VERGE_TRY_ASSIGN(const std::vector<KeyPoint> said, Decode(spec_.output.decoder, output, run.placement));
    const Placement& p = run.placement;
    const std::vector<KeyPoint>& truth = data_.items[index].points;
    const double size = SizeOf(truth, p);
    for (size_t k = 0; k < truth.size(); ++k) {
      if (!truth[k].is_known) continue;
      const size_t at = spec_.output.points.empty()      ? k
                        : k < spec_.output.points.size() ? static_cast<size_t>(spec_.output.points[k])
                                                         : said.size();
      if (at >= said.size()) {
        return VERGE_ERROR(kInvalidArgument, "point " + std::to_string(k) + " of the data is none of the model's " +
                                                 std::to_string(said.size()) + " (output.points lists which is which)");
      }
      const double x = p.offset_x + static_cast<double>(said[at].x) * p.input_width * p.scale_x;
      const double y = p.offset_y + static_cast<double>(said[at].y) * p.input_height * p.scale_y;
      distances_[index].push_back(std::hypot(x - static_cast<double>(truth[k].x) * p.picture_width,
                                             y - static_cast<double>(truth[k].y) * p.picture_height) /
                                  size);
    }
    return Status::Ok();
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
    return std::vector<Figure>{{"pck", static_cast<double>(right) / count, Wilson(right, points)},
                               {"distance", sum / count, std::nullopt}};
  }

 private:
  Spec spec_;
  const Dataset& data_;
  std::vector<std::vector<double>> distances_;
};

}  // namespace

Result<std::unique_ptr<Task>> MakeKeypoints(const Spec& spec, const Dataset& data) {
  for (const Item& item : data.items) {
    if (item.points.empty()) return VERGE_ERROR(kInvalidArgument, item.name + " has no key points (data.list: points)");
  }
  return std::unique_ptr<Task>(std::make_unique<Keypoints>(spec, data));
}

}  // namespace verge::eval
