// Classes: the scores of all runs of an item are added up; the best is the answer.
#include "eval/metrics/scores.h"
#include "eval/task.h"

namespace verge::eval {
namespace {

constexpr size_t kTop = 5;

class Classify final : public Task {
 public:
  Classify(const Spec& spec, const Dataset& data)
      : output_(spec.output.index), offset_(spec.output.class_offset), data_(data), scores_(data.items.size()) {}

  Status Judge(size_t index, const Run& run) override {
    VERGE_TRY_ASSIGN(const Tensor output, OutputAt(run, output_));
    const std::vector<float> scores = RealValues(output);
    const int64_t label = data_.items[index].label + offset_;
    if (label < 0 || label >= static_cast<int64_t>(scores.size())) {
      return VERGE_ERROR(kInvalidArgument, "the label is class " + std::to_string(label) + ", the model knows " +
                                               std::to_string(scores.size()) + " (output.class_offset shifts them)");
    }
    std::vector<float>& sums = scores_[index];
    sums.resize(scores.size());
    for (size_t i = 0; i < scores.size(); ++i) sums[i] += scores[i];
    return Status::Ok();
  }

  Result<std::vector<Figure>> Figures() override {
    size_t top1 = 0, top5 = 0, classes = 0;
    for (size_t i = 0; i < scores_.size(); ++i) {
      const size_t rank = RankOf(scores_[i], static_cast<size_t>(data_.items[i].label + offset_));
      top1 += rank == 0 ? 1 : 0;
      top5 += rank < kTop ? 1 : 0;
      classes = scores_[i].size();
    }
    const size_t n = scores_.size();
    const auto share = [n](size_t k) { return static_cast<double>(k) / static_cast<double>(n); };
    std::vector<Figure> figures = {{"top1", share(top1), Wilson(top1, n)}};
    if (classes > kTop * 4) figures.push_back({"top5", share(top5), Wilson(top5, n)});
    return figures;
  }

  std::vector<ItemResult> Results() const override {
    std::vector<ItemResult> results;
    for (size_t i = 0; i < scores_.size(); ++i) {
      const size_t answer = TopOf(scores_[i]);
      const bool is_right = RankOf(scores_[i], static_cast<size_t>(data_.items[i].label + offset_)) == 0;
      results.push_back({is_right ? 1.0 : 0.0, static_cast<int64_t>(answer)});
    }
    return results;
  }

 private:
  int64_t output_;
  int64_t offset_;
  const Dataset& data_;
  std::vector<std::vector<float>> scores_;
};

}  // namespace

Result<std::unique_ptr<Task>> MakeClassify(const Spec& spec, const Dataset& data) {
  for (const Item& item : data.items) {
    if (item.label < 0) return VERGE_ERROR(kInvalidArgument, item.name + " has no label; classify needs one an item");
  }
  return std::unique_ptr<Task>(std::make_unique<Classify>(spec, data));
}

}  // namespace verge::eval
