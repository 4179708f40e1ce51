// Agreement: the outputs against those of another model, or against the ones in the data.
#include <algorithm>
#include <cmath>

#include "eval/metrics/agreement.h"
#include "eval/metrics/scores.h"
#include "eval/task.h"

namespace verge::eval {
namespace {

template <typename T>
int64_t LargestStep(const Tensor& a, const Tensor& b) {
  int64_t largest = 0;
  for (size_t i = 0; i < a.shape().elems(); ++i) {
    const int64_t step = static_cast<int64_t>(a.as<T>()[i]) - static_cast<int64_t>(b.as<T>()[i]);
    largest = std::max(largest, step < 0 ? -step : step);
  }
  return largest;
}

// In steps of an integer type; nothing to say of others.
std::optional<int64_t> StepsApart(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype()) return std::nullopt;
  switch (a.dtype()) {
    case DType::kI8: return LargestStep<int8_t>(a, b);
    case DType::kU8: return LargestStep<uint8_t>(a, b);
    case DType::kI16: return LargestStep<int16_t>(a, b);
    case DType::kI32: return LargestStep<int32_t>(a, b);
    default: return std::nullopt;
  }
}

struct Seen {
  std::vector<Agreement> outputs;
  size_t runs = 0;
  size_t same_top = 0;
  std::optional<int64_t> steps;
};

class Agree final : public Task {
 public:
  Agree(const Spec& spec, const Dataset& data)
      : output_(static_cast<size_t>(spec.output.index)), seen_(data.items.size()) {}

  Status Judge(size_t index, const Run& run) override {
    if (run.outputs.size() != run.reference.size()) {
      return VERGE_ERROR(kInvalidArgument, "the model has " + std::to_string(run.outputs.size()) +
                                               " outputs, the reference " + std::to_string(run.reference.size()));
    }
    Seen& seen = seen_[index];
    seen.outputs.resize(run.outputs.size());
    for (size_t i = 0; i < run.outputs.size(); ++i) {
      const std::vector<float> got = RealValues(run.outputs[i]), want = RealValues(run.reference[i]);
      if (got.size() != want.size()) {
        return VERGE_ERROR(kInvalidArgument, "output " + std::to_string(i) + " is " + ToString(run.outputs[i].shape()) +
                                                 ", the reference's is " + ToString(run.reference[i].shape()));
      }
      seen.outputs[i].Add(got, want);
      const std::optional<int64_t> steps = StepsApart(run.outputs[i], run.reference[i]);
      if (steps) seen.steps = std::max(seen.steps.value_or(0), *steps);
      if (i == output_) seen.same_top += TopOf(got) == TopOf(want) ? 1 : 0;
    }
    ++seen.runs;
    return Status::Ok();
  }

  Result<std::vector<Figure>> Figures() override {
    Seen all;
    for (const Seen& one : seen_) {
      all.outputs.resize(std::max(all.outputs.size(), one.outputs.size()));
      for (size_t i = 0; i < one.outputs.size(); ++i) all.outputs[i].Add(one.outputs[i]);
      all.runs += one.runs;
      all.same_top += one.same_top;
      if (one.steps) all.steps = std::max(all.steps.value_or(0), *one.steps);
    }
    // The worst output speaks for all of them.
    double sqnr = HUGE_VAL, cosine = 1, error = 0, different = 0, values = 0;
    const auto worse = [](double a, double b) { return std::isnan(a) || a < b ? a : b; };
    for (const Agreement& output : all.outputs) {
      sqnr = worse(output.SqnrDb(), sqnr);
      cosine = worse(output.Cosine(), cosine);
      error = -worse(-output.RelativeError(), -error);
      different += static_cast<double>(output.different);
      values += static_cast<double>(output.values);
    }
    std::vector<Figure> figures = {{"sqnr_db", sqnr, std::nullopt},
                                   {"cosine", cosine, std::nullopt},
                                   {"relative_error", error, std::nullopt},
                                   {"same_top1", static_cast<double>(all.same_top) / static_cast<double>(all.runs),
                                    Wilson(all.same_top, all.runs)}};
    if (all.steps) {
      figures.push_back({"steps", static_cast<double>(*all.steps), std::nullopt});
      figures.push_back({"share_off", different / values, std::nullopt});
    }
    return figures;
  }

 private:
  size_t output_;
  std::vector<Seen> seen_;
};

}  // namespace

Result<std::unique_ptr<Task>> MakeAgreement(const Spec& spec, const Dataset& data) {
  return std::unique_ptr<Task>(std::make_unique<Agree>(spec, data));
}

}  // namespace verge::eval
