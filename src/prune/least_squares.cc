#include "prune/least_squares.h"

#include <algorithm>

#include "prune/linear.h"

namespace verge::prune {
namespace {

// The rows of one group that take part, each with a 1 behind for the bias.
std::vector<float> WithOnes(const Layer& layer, size_t group, const InputRows& rows, const std::vector<size_t>& taken) {
  std::vector<float> x;
  for (const size_t r : taken) {
    const float* row = rows.values.data() + r * layer.row_width() + group * layer.inputs;
    x.insert(x.end(), row, row + layer.inputs);
    x.push_back(1.0f);
  }
  return x;
}

// Normal equations of one group: unknowns are its inputs and, last, the bias.
struct Equations {
  size_t n = 0;                // unknowns
  std::vector<double> matrix;  // full symmetric, without the ridge
  double ridge = 0;
  double bias_ridge = 0;

  double RidgeOf(size_t i) const { return i + 1 == n ? bias_ridge : ridge; }
};

Equations MakeEquations(std::span<const float> x, size_t rows, size_t n, double ridge) {
  Equations equations{.n = n, .matrix = std::vector<double>(n * n, 0.0)};
  AddGram(x, rows, n, n, equations.matrix);
  double mean = 0;
  for (size_t i = 0; i + 1 < n; ++i) mean += equations.matrix[i * n + i] / static_cast<double>(n - 1);
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j < i; ++j) equations.matrix[j * n + i] = equations.matrix[i * n + j];
  }
  // An input that is 0 throughout leaves nothing to divide by.
  equations.ridge = mean > 0 ? ridge * mean : 1.0;
  equations.bias_ridge = 1e-6 * static_cast<double>(rows);
  return equations;
}

// The factor of the equations of some unknowns; empty when there is none.
std::vector<double> FactorOf(const Equations& equations, const std::vector<size_t>& unknowns) {
  const size_t m = unknowns.size();
  std::vector<double> factor(m * m);
  for (size_t i = 0; i < m; ++i) {
    for (size_t j = 0; j <= i; ++j) factor[i * m + j] = equations.matrix[unknowns[i] * equations.n + unknowns[j]];
    factor[i * m + i] += equations.RidgeOf(unknowns[i]);
  }
  if (!Cholesky(factor, m)) factor.clear();
  return factor;
}

std::vector<size_t> UnknownsOf(std::span<const float> weights, bool keep_zeros, bool has_bias) {
  std::vector<size_t> unknowns;
  for (size_t k = 0; k < weights.size(); ++k) {
    if (!keep_zeros || weights[k] != 0) unknowns.push_back(k);
  }
  if (has_bias) unknowns.push_back(weights.size());
  return unknowns;
}

}  // namespace

double WorkOf(const Layer& layer, const Reconstruction& options, std::span<const float> weights) {
  const auto cube = [](size_t n) {
    return static_cast<double>(n) * static_cast<double>(n) * static_cast<double>(n) / 3;
  };
  double work = 0;
  bool has_full = false;
  for (size_t o = 0; o < layer.outputs; ++o) {
    const auto row = weights.subspan(o * layer.inputs, layer.inputs);
    const size_t unknowns = UnknownsOf(row, options.keep_zeros, false).size();
    if (unknowns == layer.inputs) {
      has_full = true;
    } else {
      work += cube(unknowns);
    }
  }
  return work + (has_full ? cube(layer.inputs) * static_cast<double>(layer.groups) : 0);
}

double LayerTarget::ErrorOf(size_t i, double made) const {
  const double wanted = static_cast<double>(sums[i]);
  const auto lo = static_cast<double>(range.lo);
  const auto hi = static_cast<double>(range.hi);
  if (wanted <= lo) return std::min(lo - made, 0.0);
  if (wanted >= hi) return std::max(hi - made, 0.0);
  return wanted - made;
}

namespace {

// One output of one group: its weights and bias, in f64 while they change.
class OutputFit {
 public:
  OutputFit(const Equations& equations, std::span<const float> x, std::span<const float> weights, float bias)
      : equations_(equations), x_(x), now_(weights.begin(), weights.end()) {
    now_.push_back(static_cast<double>(bias));
    first_ = now_;
  }

  // (A + R) d = X^T error + R (w0 - w) over the unknowns.
  void Improve(std::span<const double> factor, const std::vector<size_t>& unknowns, const std::vector<size_t>& rows,
               const LayerTarget& target, size_t outputs, size_t o) {
    const size_t n = equations_.n;
    std::vector<double> sums(n, 0.0);
    for (size_t at = 0; at < rows.size(); ++at) {
      const float* row = x_.data() + at * n;
      const size_t i = rows[at] * outputs + o;
      double made = target.offset(i);
      for (size_t k = 0; k < n; ++k) made += static_cast<double>(row[k]) * now_[k];
      const double error = target.ErrorOf(i, made);
      if (error == 0) continue;
      for (size_t k = 0; k < n; ++k) sums[k] += static_cast<double>(row[k]) * error;
    }
    std::vector<double> change;
    for (const size_t k : unknowns) change.push_back(sums[k] + equations_.RidgeOf(k) * (first_[k] - now_[k]));
    CholeskySolve(factor, unknowns.size(), change);
    for (size_t i = 0; i < unknowns.size(); ++i) now_[unknowns[i]] += change[i];
  }

  const std::vector<double>& now() const { return now_; }

 private:
  const Equations& equations_;
  std::span<const float> x_;
  std::vector<double> now_;    // weights, then the bias
  std::vector<double> first_;  // the same as they were
};

}  // namespace

Status FitLayer(const Layer& layer, const Reconstruction& options, const InputRows& rows, const LayerTarget& target,
                bool has_bias, std::span<float> weights, std::span<float> bias) {
  const size_t n = layer.inputs + 1;
  std::vector<size_t> taken;
  for (size_t r = 0; r < rows.rows; ++r) {
    if (!IsHeldOut(r)) taken.push_back(r);
  }
  const size_t rounds = target.is_clamped() ? std::max<size_t>(options.rounds, 1) : 1;
  for (size_t g = 0; g < layer.groups; ++g) {
    const std::vector<float> x = WithOnes(layer, g, rows, taken);
    const Equations equations = MakeEquations(x, taken.size(), n, options.ridge);
    std::vector<size_t> last;  // outputs with the same zeros share a factor
    std::vector<double> factor;
    for (size_t o = g * layer.group_outputs(); o < (g + 1) * layer.group_outputs(); ++o) {
      const std::span<float> own = weights.subspan(o * layer.inputs, layer.inputs);
      const std::vector<size_t> unknowns = UnknownsOf(own, options.keep_zeros, has_bias);
      if (unknowns.empty()) continue;
      if (unknowns != last) {
        factor = FactorOf(equations, unknowns);
        last = unknowns;
      }
      if (factor.empty()) {
        return VERGE_ERROR(kInvalidArgument, "the inputs seen are too much alike to be told apart: use a larger ridge");
      }
      OutputFit fit(equations, x, own, bias[o]);
      for (size_t i = 0; i < rounds; ++i) fit.Improve(factor, unknowns, taken, target, layer.outputs, o);
      for (size_t k = 0; k < own.size(); ++k) own[k] = static_cast<float>(fit.now()[k]);
      bias[o] = static_cast<float>(fit.now().back());
    }
  }
  return Status::Ok();
}

}  // namespace verge::prune
