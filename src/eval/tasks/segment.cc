// Masks: a class a pixel, as an output of classes or as scores a class, against the pixels of a picture.
#include <algorithm>
#include <numeric>

#include "eval/metrics/scores.h"
#include "eval/task.h"
#include "media/image.h"
#include "sys/file/file.h"

namespace verge::eval {
namespace {

constexpr uint64_t kMaxMaskBytes = uint64_t{1} << 28;
constexpr int kMaxClasses = 256;  // a mask is a picture of bytes

struct Mask {
  int width = 0;
  int height = 0;
  std::vector<int> classes;
};

Result<Mask> ReadMask(const std::string& path) {
  VERGE_TRY_ASSIGN(const std::string bytes, sys::ReadFile(path, kMaxMaskBytes));
  Result<media::Image> image = media::DecodeImage(std::as_bytes(std::span(bytes)));
  if (!image.ok()) return std::move(image).status().WithContext(path);
  Mask mask{image->width, image->height, {}};
  for (size_t i = 0; i < image->rgb.size(); i += 3) mask.classes.push_back(image->rgb[i]);
  return mask;
}

// [1, H, W] of classes, or [1, H, W, C] of scores.
Result<Mask> SaidMask(const Tensor& output) {
  const Shape& shape = output.shape();
  const std::vector<float> values = RealValues(output);
  const bool has_scores = shape.rank() == 4 && shape[3] > 1;
  if (shape.rank() < 3 || shape.rank() > 4 || shape[0] != 1) {
    return VERGE_ERROR(kInvalidArgument, "an output " + ToString(shape) +
                                             "; segment needs [1, H, W] of classes or [1, H, W, classes] of scores");
  }
  Mask mask{static_cast<int>(shape[2]), static_cast<int>(shape[1]), {}};
  const size_t classes = has_scores ? static_cast<size_t>(shape[3]) : 1;
  for (size_t i = 0; i < values.size(); i += classes) {
    const int said = has_scores ? static_cast<int>(TopOf(std::span(values).subspan(i, classes)))
                                : static_cast<int>(std::clamp(values[i], -1.0F, 1e6F));
    mask.classes.push_back(said);
  }
  return mask;
}

// The said class at every pixel of the truth.
std::vector<int> Sampled(const Mask& said, const Mask& truth, const Placement& placement) {
  std::vector<int> out;
  out.reserve(truth.classes.size());
  const auto at = [](int i, double offset, double scale, int input, int side) {
    const double x = ((i + 0.5) - offset) / scale * side / input;
    return std::clamp(static_cast<int>(x), 0, side - 1);
  };
  for (int y = 0; y < truth.height; ++y) {
    const int row = at(y, placement.offset_y, placement.scale_y, placement.input_height, said.height);
    for (int x = 0; x < truth.width; ++x) {
      const int column = at(x, placement.offset_x, placement.scale_x, placement.input_width, said.width);
      out.push_back(
          said.classes[static_cast<size_t>(row) * static_cast<size_t>(said.width) + static_cast<size_t>(column)]);
    }
  }
  return out;
}

class Segment final : public Task {
 public:
  Segment(const Spec& spec, const Dataset& data)
      : spec_(spec), data_(data), counts_(data.items.size()), right_(data.items.size()), judged_(data.items.size()) {}

  Status Judge(size_t index, const Run& run) override {
    VERGE_TRY_ASSIGN(const Tensor output, OutputAt(run, spec_.output.index));
    VERGE_TRY_ASSIGN(const Mask said, SaidMask(output));
    VERGE_TRY_ASSIGN(const Mask truth, ReadMask(data_.items[index].mask));
    if (truth.width != run.placement.picture_width || truth.height != run.placement.picture_height) {
      return VERGE_ERROR(kInvalidArgument, data_.items[index].mask + ": " + std::to_string(truth.width) + " x " +
                                               std::to_string(truth.height) + " pixels are not the picture's");
    }
    const std::vector<int> sampled = Sampled(said, truth, run.placement);
    const int classes = data_.classes.empty() ? kMaxClasses : static_cast<int>(data_.classes.size());
    counts_[index] = CountMask(sampled, truth.classes, classes, spec_.data.judged);
    const std::vector<uint64_t>& both = counts_[index].both;
    right_[index] = static_cast<double>(std::accumulate(both.begin(), both.end(), uint64_t{0}));
    for (const int t : truth.classes) {
      const auto& judged = spec_.data.judged;
      const bool is_judged = judged.empty() || std::find(judged.begin(), judged.end(), t) != judged.end();
      if (t < classes && is_judged) ++judged_[index];
    }
    return Status::Ok();
  }

  Result<std::vector<Figure>> Figures() override {
    const size_t n = counts_.size();
    const auto miou = [&](std::span<const uint32_t> weights) { return MeanIou(counts_, weights); };
    const auto accuracy = [&](std::span<const uint32_t> weights) {
      double right = 0, all = 0;
      for (size_t i = 0; i < n; ++i) right += weights[i] * right_[i], all += weights[i] * judged_[i];
      return right / all;
    };
    const std::vector<uint32_t> ones(n, 1);
    return std::vector<Figure>{{"miou", miou(ones), Bootstrap(n, miou)},
                               {"pixels", accuracy(ones), Bootstrap(n, accuracy)}};
  }

 private:
  Spec spec_;
  const Dataset& data_;
  std::vector<MaskCounts> counts_;
  std::vector<double> right_;
  std::vector<double> judged_;
};

}  // namespace

Result<std::unique_ptr<Task>> MakeSegment(const Spec& spec, const Dataset& data) {
  for (const Item& item : data.items) {
    if (item.mask.empty()) return VERGE_ERROR(kInvalidArgument, item.name + " has no mask; segment needs one an item");
  }
  return std::unique_ptr<Task>(std::make_unique<Segment>(spec, data));
}

}  // namespace verge::eval
