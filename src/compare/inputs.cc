#include "compare/inputs.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "compare/layout.h"
#include "ops/elem.h"

namespace verge::compare {
namespace {

using backend::EngineSession;
using backend::Port;

// splitmix64: the same numbers on every machine and library.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t Next() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  // In [0, 1), a multiple of 2^-24 so that it is a float.
  double Unit() { return static_cast<double>(Next() >> 40) * 0x1p-24; }

 private:
  uint64_t state_;
};

bool IsFloat(DType dtype) {
  return dtype == DType::kF32 || dtype == DType::kF16 || dtype == DType::kBF16 || dtype == DType::kF64;
}

bool IsQuantised(const Tensor& tensor) { return tensor.type.quant.is_quantised() && !IsFloat(tensor.dtype()); }

// The smallest and largest number of an integer type.
std::pair<double, double> LimitsOf(DType dtype) {
  std::pair<double, double> limits;
  ops::Dispatch(dtype, [&]<typename T>() {
    if constexpr (std::is_integral_v<T>) {
      limits = {static_cast<double>(std::numeric_limits<T>::min()), static_cast<double>(std::numeric_limits<T>::max())};
    } else {
      limits = {0, 1};
    }
  });
  return limits;
}

// Which scale an element has.
size_t ChannelOf(const Tensor& tensor, size_t i) {
  const QuantView& quant = tensor.type.quant;
  if (quant.scales.size() == 1) return 0;
  size_t inner = 1;
  for (int d = quant.axis + 1; d < tensor.shape().rank(); ++d) inner *= static_cast<size_t>(tensor.shape()[d]);
  return i / inner % quant.scales.size();
}

void Store(const std::vector<double>& real, const Tensor& tensor) {
  const auto [lo, hi] = LimitsOf(tensor.dtype());
  const QuantView& quant = tensor.type.quant;
  ops::Dispatch(tensor.dtype(), [&]<typename T>() {
    for (size_t i = 0; i < real.size(); ++i) {
      double v = real[i];
      if (IsQuantised(tensor)) {
        const size_t channel = ChannelOf(tensor, i);
        v = v / static_cast<double>(quant.scales[channel]) + quant.zero_points[channel];
      }
      if (!ops::kIsFloat<T>) v = std::isnan(v) ? 0 : std::clamp(std::nearbyint(v), lo, hi);
      tensor.as<T>()[i] = T(static_cast<ops::Compute<T>>(v));
    }
  });
}

std::vector<double> Draw(const Tensor& tensor, const InputOptions& options, Random& random) {
  std::vector<double> real(tensor.shape().elems());
  const QuantView& quant = tensor.type.quant;
  const bool is_byte = tensor.dtype() == DType::kU8 || tensor.dtype() == DType::kI8;
  const auto [lo, hi] = LimitsOf(tensor.dtype());
  for (size_t i = 0; i < real.size(); ++i) {
    if (IsFloat(tensor.dtype())) {
      real[i] = options.lo + (options.hi - options.lo) * random.Unit();
    } else if (IsQuantised(tensor) || is_byte) {
      const double q = lo + std::floor((hi - lo + 1) * random.Unit());
      const size_t channel = IsQuantised(tensor) ? ChannelOf(tensor, i) : 0;
      real[i] = IsQuantised(tensor) ? (q - quant.zero_points[channel]) * static_cast<double>(quant.scales[channel]) : q;
    } else {
      real[i] = static_cast<double>(random.Next() >> 63);
    }
  }
  return real;
}

struct InputPair {
  const Port* a;
  const Port* b;
};

const Port* FindPort(const EngineSession& session, const std::string& name) {
  const auto found = std::ranges::find(session.inputs(), name, &Port::name);
  return found != session.inputs().end() ? &*found : nullptr;
}

Result<std::vector<InputPair>> PairInputs(const EngineSession& a, const EngineSession& b) {
  if (a.inputs().size() != b.inputs().size()) {
    return VERGE_ERROR(kInvalidArgument, "the models have different inputs: one " + std::to_string(a.inputs().size()) +
                                             ", the other " + std::to_string(b.inputs().size()));
  }
  const bool by_name =
      std::ranges::all_of(a.inputs(), [&](const Port& port) { return FindPort(b, port.name) != nullptr; });
  std::vector<InputPair> pairs;
  for (size_t i = 0; i < a.inputs().size(); ++i) {
    const Port& first = a.inputs()[i];
    const Port& second = by_name ? *FindPort(b, first.name) : b.inputs()[i];
    if (PossibleLayouts(first.tensor.shape(), second.tensor.shape()).empty()) {
      return VERGE_ERROR(kInvalidArgument, "the models have different inputs: " + first.name + " " +
                                               ToString(first.tensor.shape()) + " and " + second.name + " " +
                                               ToString(second.tensor.shape()));
    }
    pairs.push_back({&first, &second});
  }
  return pairs;
}

// The real values of what was given for `port`, in the order of its elements.
Result<std::vector<double>> RealOf(const NamedNumbers& given, const Tensor& tensor) {
  if (!(given.numbers.shape == tensor.shape())) {
    return VERGE_ERROR(kInvalidArgument, "what is given for input " + given.name + " is " +
                                             ToString(given.numbers.shape) + ", it wants " + ToString(tensor.shape()));
  }
  std::vector<double> real = given.numbers.Real();
  const bool is_raw = IsQuantised(tensor) && given.numbers.dtype == tensor.dtype() && !given.numbers.is_quantised();
  for (size_t i = 0; is_raw && i < real.size(); ++i) {
    const size_t channel = ChannelOf(tensor, i);
    real[i] =
        (real[i] - tensor.type.quant.zero_points[channel]) * static_cast<double>(tensor.type.quant.scales[channel]);
  }
  return real;
}

// Stores values that are in the order of `from`'s elements into both.
void StoreBoth(std::vector<double> real, const Tensor& from, const Tensor& other) {
  Store(real, from);
  const Layout layout = PossibleLayouts(other.shape(), from.shape())[0];
  Store(InOrderOf(layout, from.shape(), std::move(real)), other);
}

Status FillPair(const InputOptions& options, const InputPair& pair, Random& random, std::set<std::string>& used) {
  for (const NamedNumbers& given : options.given) {
    const bool is_a = given.name == pair.a->name;
    if (!is_a && given.name != pair.b->name) continue;
    used.insert(given.name);
    // The name is that of either model, the shape too.
    const bool fits_a = given.numbers.shape == pair.a->tensor.shape();
    const Tensor& from = fits_a ? pair.a->tensor : pair.b->tensor;
    VERGE_TRY_ASSIGN(std::vector<double> real, RealOf(given, from));
    StoreBoth(std::move(real), from, fits_a ? pair.b->tensor : pair.a->tensor);
    return Status::Ok();
  }
  // From the coarser grid, which the finer one holds too.
  const bool from_b = IsQuantised(pair.b->tensor) && !IsQuantised(pair.a->tensor);
  const Tensor& from = from_b ? pair.b->tensor : pair.a->tensor;
  StoreBoth(Draw(from, options, random), from, from_b ? pair.a->tensor : pair.b->tensor);
  return Status::Ok();
}

}  // namespace

Status FillInputs(const InputOptions& options, const EngineSession& a, const EngineSession& b) {
  VERGE_TRY_ASSIGN(const std::vector<InputPair> pairs, PairInputs(a, b));
  Random random(options.seed);
  std::set<std::string> used;
  for (const InputPair& pair : pairs) VERGE_TRY(FillPair(options, pair, random, used));
  for (const NamedNumbers& given : options.given) {
    if (!used.contains(given.name)) {
      VERGE_TRY_ASSIGN(const size_t index, backend::FindInput(a, given.name));
      return VERGE_ERROR(kInvalidArgument, "input " + std::to_string(index) + " is given twice");
    }
  }
  return Status::Ok();
}

}  // namespace verge::compare
