// The unusual: a model that puts out what it was given, as well as it has learnt to; the mean squared difference,
// averaged over the windows of an item, is its score.
#include <limits>

#include "eval/metrics/scores.h"
#include "eval/task.h"

namespace verge::eval {
namespace {

constexpr double kPartialRate = 0.1;  // of DCASE 2020 task 2

class Anomaly final : public Task {
 public:
  Anomaly(const Spec& spec, const Dataset& data, int positive)
      : output_(spec.output.index),
        positive_(positive),
        data_(data),
        scores_(data.items.size()),
        windows_(data.items.size()) {}

  Status Judge(size_t index, const Run& run) override {
    VERGE_TRY_ASSIGN(const Tensor output, OutputAt(run, output_));
    const std::vector<float> given = RealValues(run.inputs[0]), got = RealValues(output);
    if (given.size() != got.size()) {
      return VERGE_ERROR(kInvalidArgument, "the model puts out " + std::to_string(got.size()) + " values for " +
                                               std::to_string(given.size()) +
                                               "; anomaly needs a model that reproduces its input");
    }
    double sum = 0;
    for (size_t i = 0; i < got.size(); ++i) {
      const double error = static_cast<double>(got[i]) - static_cast<double>(given[i]);
      sum += error * error;
    }
    scores_[index] += sum / static_cast<double>(got.size());
    ++windows_[index];
    return Status::Ok();
  }

  Result<std::vector<Figure>> Figures() override {
    const auto weighted = [&](std::span<const uint32_t> weights) {
      std::vector<Ranked> items;
      for (size_t i = 0; i < scores_.size(); ++i) {
        items.push_back({scores_[i] / windows_[i], data_.items[i].label == positive_, weights[i]});
      }
      return items;
    };
    const auto auc = [&](std::span<const uint32_t> weights) { return Auc(weighted(weights)); };
    const auto part = [&](std::span<const uint32_t> weights) { return PartialAuc(weighted(weights), kPartialRate); };
    const size_t n = scores_.size();
    const std::vector<uint32_t> ones(n, 1);
    return std::vector<Figure>{{"auc", auc(ones), Bootstrap(n, auc)}, {"pauc", part(ones), Bootstrap(n, part)}};
  }

 private:
  int64_t output_;
  int positive_;
  const Dataset& data_;
  std::vector<double> scores_;
  std::vector<double> windows_;
};

}  // namespace

Result<std::unique_ptr<Task>> MakeAnomaly(const Spec& spec, const Dataset& data) {
  int positive = 0;
  const std::string& text = spec.data.positive;
  if (text.find_first_not_of("0123456789") == std::string::npos && !text.empty() && text.size() < 9) {
    positive = std::stoi(text);
  } else {
    VERGE_TRY_ASSIGN(positive, FindClass(data.classes, text));
  }
  size_t positives = 0;
  for (const Item& item : data.items) {
    if (item.label < 0) return VERGE_ERROR(kInvalidArgument, item.name + " has no label; anomaly needs one an item");
    positives += item.label == positive ? 1 : 0;
  }
  if (positives == 0 || positives == data.items.size()) {
    return VERGE_ERROR(kInvalidArgument, "anomaly needs usual and unusual items; " + std::to_string(positives) +
                                             " of " + std::to_string(data.items.size()) + " are labelled " + text);
  }
  return std::unique_ptr<Task>(std::make_unique<Anomaly>(spec, data, positive));
}

}  // namespace verge::eval
