#include "quant/channel_factors.h"

#include <cmath>

#include "quant/layers.h"

namespace verge::quant {
namespace {

// x^(quarters / 4), rounded alike on every machine.
double PowerOfQuarters(double x, int quarters) {
  const double half = std::sqrt(x);
  const double quarter = std::sqrt(half);
  switch (quarters) {
    case 0: return 1;
    case 1: return quarter;
    case 2: return half;
    case 3: return half * quarter;
    default: return x;
  }
}

class Chooser {
 public:
  Chooser(const LayerView& reader, std::span<const float> weights, const SeenChannels& seen, bool has_clamp,
          const EqualiseOptions& options)
      : reader_(reader), weights_(weights), seen_(seen), has_clamp_(has_clamp), options_(options) {
    readers_.assign(channels(), 0);
    ForEachWeight(reader_, [&](size_t o, size_t f) {
      double& largest = readers_[reader_.InputChannel(o, f)];
      largest = std::max(largest, std::abs(static_cast<double>(weights_[reader_.WeightIndex(o, f)])));
    });
  }

  std::optional<std::vector<double>> Run() const {
    constexpr int kQuarters = 4;
    constexpr double kWorthwhile = 0.98;
    double least = kWorthwhile * ErrorOf(std::vector<double>(channels(), 1));
    std::optional<std::vector<double>> best;
    for (int of_seen = 0; of_seen <= kQuarters; ++of_seen) {
      for (int of_readers = 0; of_readers <= kQuarters; ++of_readers) {
        std::vector<double> factors = Factors(of_seen, of_readers);
        const double error = ErrorOf(factors);
        if (!(error < least * (1 - 1e-9))) continue;
        least = error;
        best = std::move(factors);
      }
    }
    return best;
  }

 private:
  size_t channels() const { return seen_.lo.size(); }

  std::vector<double> Factors(int of_seen, int of_readers) const {
    constexpr double kSmallest = 1.0 / 64;  // what no sample showed must still fit somewhere
    std::vector<double> factors(channels(), 1);
    double largest = 0;
    for (size_t i = 0; i < factors.size(); ++i) {
      const double seen = seen_.LargestOf(i);
      if (!(seen > 0) || !(readers_[i] > 0)) continue;
      factors[i] = PowerOfQuarters(seen, of_seen) / PowerOfQuarters(readers_[i], of_readers);
      largest = std::max(largest, factors[i]);
    }
    for (size_t i = 0; i < factors.size(); ++i) {
      const double seen = seen_.LargestOf(i);
      const bool is_left = !(seen > 0) || !(readers_[i] > 0) || (has_clamp_ && seen >= kRelu6Clamp * (1 - 1e-6));
      factors[i] = is_left ? 1 : std::max(factors[i] / largest, kSmallest);
      if (has_clamp_) factors[i] = std::clamp(factors[i], std::min(seen / kRelu6Clamp, 1.0), 1.0);
    }
    return factors;
  }

  // The expected squared error of the second layer's outputs, each in the size of its signal.
  double ErrorOf(const std::vector<double>& s) const {
    double lo = 0, hi = 0;
    for (size_t i = 0; i < s.size(); ++i) {
      lo = std::min(lo, seen_.lo[i] / s[i]);
      hi = std::max(hi, seen_.hi[i] / s[i]);
    }
    const double step = (hi - lo) / options_.activation_steps;
    std::vector<double> errors(reader_.channels()), signals(reader_.channels());
    double mean = 0;
    for (size_t o = 0; o < reader_.channels(); ++o) {
      double largest = 0, rounded = 0, inputs = 0;
      for (size_t f = 0; f < reader_.fan_in(); ++f) {
        const size_t i = reader_.InputChannel(o, f);
        const double w = static_cast<double>(weights_[reader_.WeightIndex(o, f)]) * s[i];
        const double square = seen_.squares[i] / (s[i] * s[i]);
        largest = std::max(largest, std::abs(w));
        // What is far below a step becomes 0, an error of no more than itself.
        rounded += w * w * std::min(step * step / 12 * seen_.others[i], square);
        inputs += square;
        signals[o] += w * w * square;
      }
      const double weight_step = largest / options_.weight_limit;
      errors[o] = rounded + weight_step * weight_step / 12 * inputs;
      mean += signals[o] / static_cast<double>(reader_.channels());
    }
    constexpr double kFloor = 0.01;  // of the mean signal: outputs below it matter less
    double sum = 0;
    for (size_t o = 0; o < errors.size(); ++o) sum += errors[o] / (signals[o] + kFloor * mean + 1e-300);
    return sum;
  }

  const LayerView& reader_;
  std::span<const float> weights_;
  const SeenChannels& seen_;
  bool has_clamp_;
  const EqualiseOptions& options_;
  std::vector<double> readers_;  // the largest |weight| that reads each channel
};

}  // namespace

void SeenChannels::Add(const Tensor& x) {
  const size_t channels = lo.size(), count = x.shape().elems();
  const float* const values = x.as<const float>();
  for (size_t i = 0; i < count; ++i) {
    const auto v = static_cast<double>(values[i]);
    if (!std::isfinite(v)) continue;
    const size_t c = i % channels;
    lo[c] = std::min(lo[c], v);
    hi[c] = std::max(hi[c], v);
    squares[c] += v * v;
    others[c] += v != 0 ? 1 : 0;
  }
  rows += static_cast<double>(count / channels);
}

void SeenChannels::Finish() {
  for (double& square : squares) square /= std::max(rows, 1.0);
  for (double& other : others) other /= std::max(rows, 1.0);
}

std::optional<std::vector<double>> ChooseFactors(const LayerView& reader, std::span<const float> weights,
                                                 const SeenChannels& seen, bool has_clamp,
                                                 const EqualiseOptions& options) {
  return Chooser(reader, weights, seen, has_clamp, options).Run();
}

void ScaleReader(ir::Graph& graph, const ir::Node& reader, std::span<const double> factors) {
  const LayerView view = *LayerView::Of(graph, reader);
  ir::Value& value = graph.values[reader.inputs[1]];
  const auto copy = ir::Buffer::CopyOf(value.constant->data(), value.constant->size());
  auto* const weights = reinterpret_cast<float*>(copy->mutable_data());
  ForEachWeight(view, [&](size_t o, size_t f) {
    weights[view.WeightIndex(o, f)] *= static_cast<float>(factors[view.InputChannel(o, f)]);
  });
  value.constant = copy;
}

}  // namespace verge::quant
