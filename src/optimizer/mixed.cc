#include "optimizer/mixed.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace verge::optimizer {
namespace {

// After bisection at most so many layers are given another chance: each costs an evaluation.
constexpr size_t kMostReturns = 12;

// Samples [0, count) of another view.
class FirstSamples final : public quant::Activations {
 public:
  FirstSamples(quant::Activations& all, size_t count) : all_(all), count_(std::min(count, all.samples())) {}
  size_t samples() const override { return count_; }
  Status Run(const ir::Graph& graph, std::span<const ir::ValueId> watched, size_t first, size_t count,
             const quant::SeenValue& seen) override {
    return all_.Run(graph, watched, first, count, seen);
  }

 private:
  quant::Activations& all_;
  size_t count_;
};

std::string ToText(double number) {
  char text[64];
  const auto end = std::to_chars(text, text + sizeof text, number);
  return {text, end.ptr};
}

double FromText(const std::string& text) {
  double number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  return read.ec == std::errc() ? number : NAN;
}

}  // namespace

Result<std::vector<LayerSensitivity>> MeasureSensitivity(const ir::Graph& graph, const std::vector<std::string>& names,
                                                         const quant::QuantizeOptions& options,
                                                         const std::string& digest, SampleRunner& runner,
                                                         size_t samples, Memo& memo, const Watch& watch) {
  FirstSamples few(runner, samples);
  VERGE_TRY_ASSIGN(const SampleOutputs want, RunOutputs(graph, runner, few.samples()));
  std::vector<LayerSensitivity> layers;
  for (const std::string& name : names) {
    if (watch) VERGE_TRY(watch("sensitivity", layers.size(), names.size()));
    const std::string key = "sensitivity/" + DigestOf({digest, name});
    if (const std::string* known = memo.Find(key); known != nullptr) {
      layers.push_back({name, FromText(*known)});
      continue;
    }
    quant::QuantizeOptions one = options;
    one.scheme = quant::Precision::kF32;
    one.precision = {{name, quant::Precision::kInt8}};
    one.equalise = one.correct_bias = one.round_adaptively = false;
    one.io = quant::IntegerIo::kNone;
    one.progress = nullptr;
    VERGE_TRY_ASSIGN(const quant::Quantized quantized, quant::Quantize(graph, &few, one));
    VERGE_TRY_ASSIGN(const SampleOutputs got, RunOutputs(quantized.graph, runner, few.samples()));
    layers.push_back({name, Compare(got, want).sqnr_db});
    VERGE_TRY(memo.Store(key, ToText(layers.back().sqnr_db)));
  }
  // What is no number counts as the worst.
  std::ranges::stable_sort(layers, [](const LayerSensitivity& a, const LayerSensitivity& b) {
    const auto rank = [](double sqnr) { return std::isnan(sqnr) ? -HUGE_VAL : sqnr; };
    return rank(a.sqnr_db) < rank(b.sqnr_db);
  });
  return layers;
}

Result<std::vector<std::string>> FindFiner(const std::vector<LayerSensitivity>& sensitivity,
                                           const std::function<Result<bool>(const std::vector<std::string>&)>& fits) {
  const auto first = [&](size_t count) {
    std::vector<std::string> names;
    for (size_t i = 0; i < count; ++i) names.push_back(sensitivity[i].node);
    return names;
  };
  size_t misses = 0;  // so many finer layers are known to be too few, but for the first round
  size_t enough = sensitivity.size();
  VERGE_TRY_ASSIGN(const bool is_all_int8_enough, fits({}));
  if (is_all_int8_enough) return std::vector<std::string>();
  while (enough - misses > 1) {
    const size_t middle = misses + (enough - misses) / 2;
    VERGE_TRY_ASSIGN(const bool is_enough, fits(first(middle)));
    (is_enough ? enough : misses) = middle;
  }
  std::vector<std::string> finer = first(enough);
  // The last one is needed: without it bisection found the budget missed.
  size_t tried = 0;
  for (size_t i = finer.size() - std::min<size_t>(finer.size(), 1); i-- > 0 && tried < kMostReturns; ++tried) {
    std::vector<std::string> fewer = finer;
    fewer.erase(fewer.begin() + static_cast<ptrdiff_t>(i));
    VERGE_TRY_ASSIGN(const bool is_enough, fits(fewer));
    if (is_enough) finer = std::move(fewer);
  }
  return finer;
}

}  // namespace verge::optimizer
