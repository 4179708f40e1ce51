#include "eval/metrics/agreement.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace verge::eval {

void Agreement::Add(std::span<const float> got, std::span<const float> want) {
  for (size_t i = 0; i < got.size() && i < want.size(); ++i) {
    const auto g = static_cast<double>(got[i]), w = static_cast<double>(want[i]);
    const double error = std::isnan(g) && std::isnan(w) ? 0 : std::abs(g - w);
    ++values;
    different += error != 0 ? 1 : 0;
    error_energy += error * error;
    // Not a number stays the largest error, so that no later value hides it.
    if (error > largest_error || std::isnan(error)) largest_error = error;
    if (std::isnan(g) || std::isnan(w)) continue;
    reference_energy += w * w;
    got_energy += g * g;
    product += g * w;
    largest_want = std::max(largest_want, std::abs(w));
  }
}

void Agreement::Add(const Agreement& other) {
  reference_energy += other.reference_energy;
  got_energy += other.got_energy;
  product += other.product;
  error_energy += other.error_energy;
  if (other.largest_error > largest_error || std::isnan(other.largest_error)) largest_error = other.largest_error;
  largest_want = std::max(largest_want, other.largest_want);
  values += other.values;
  different += other.different;
}

double Agreement::SqnrDb() const {
  if (error_energy == 0) return std::numeric_limits<double>::infinity();
  return 10 * std::log10(reference_energy / error_energy);
}

double Agreement::Cosine() const {
  if (reference_energy == 0 && got_energy == 0) return 1;
  if (reference_energy == 0 || got_energy == 0) return 0;
  return product / std::sqrt(reference_energy) / std::sqrt(got_energy);
}

double Agreement::RelativeError() const {
  if (largest_error == 0) return 0;
  return largest_want == 0 ? std::numeric_limits<double>::infinity() : largest_error / largest_want;
}

}  // namespace verge::eval
