#include "eval/metrics/average_precision.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

namespace verge::eval {
namespace {

constexpr int kRecalls = 101;

struct AreaLimits {
  double lo;
  double hi;  // not included
};

AreaLimits LimitsOf(AreaRange range) {
  constexpr double kSmall = 32.0 * 32.0, kLarge = 96.0 * 96.0, kNone = std::numeric_limits<double>::infinity();
  switch (range) {
    case AreaRange::kAll: return {0, kNone};
    case AreaRange::kSmall: return {0, kSmall};
    case AreaRange::kMedium: return {kSmall, kLarge};
    case AreaRange::kLarge: return {kLarge, kNone};
  }
  return {0, kNone};
}

bool IsOutside(const decode::Box& box, const AreaLimits& limits) {
  const double area = std::max(0.0, static_cast<double>(box.x1) - static_cast<double>(box.x0)) *
                      std::max(0.0, static_cast<double>(box.y1) - static_cast<double>(box.y0));
  return area < limits.lo || area >= limits.hi;
}

// For one class: mean over the recalls of the precision at threshold bit `t`. `boxes` > 0.
template <typename Judgements>
double PrecisionAt(const Judgements& found, int t, std::span<const uint32_t> weights, double boxes) {
  const auto bit = static_cast<uint16_t>(1U << t);
  std::vector<double> recall, precision;
  double right = 0, wrong = 0;
  for (const auto& one : found) {
    const uint32_t weight = weights[one.picture];
    if (weight == 0 || (one.ignored & bit) != 0) continue;
    ((one.matched & bit) != 0 ? right : wrong) += weight;
    recall.push_back(right / boxes);
    precision.push_back(right / (right + wrong));
  }
  for (size_t i = precision.size(); i-- > 1;) precision[i - 1] = std::max(precision[i - 1], precision[i]);
  double sum = 0;
  size_t at = 0;
  for (int r = 0; r < kRecalls; ++r) {
    while (at < recall.size() && recall[at] < r / 100.0) ++at;
    if (at == recall.size()) break;
    sum += precision[at];
  }
  return sum / kRecalls;
}

// The free box that the detection overlaps most, by at least `threshold`; one that counts before one that does not.
// `boxes` has those that count first.
size_t BestMatch(std::span<const float> overlaps, std::span<const bool> is_ignored, const std::vector<bool>& is_taken,
                 float threshold) {
  size_t best = overlaps.size();
  float most = threshold;
  for (size_t g = 0; g < overlaps.size(); ++g) {
    if (is_taken[g] || overlaps[g] < most) continue;
    if (best < overlaps.size() && !is_ignored[best] && is_ignored[g]) break;
    most = overlaps[g];
    best = g;
  }
  return best;
}

}  // namespace

AveragePrecision::AveragePrecision(int classes) : classes_(classes) {
  for (auto& record : records_) record.resize(static_cast<size_t>(classes));
}

void AveragePrecision::Match(AreaRange range, std::span<const TrueBox> truth, std::span<const decode::Detection> found,
                             int label) {
  const AreaLimits limits = LimitsOf(range);
  std::vector<const TrueBox*> boxes;
  for (const TrueBox& box : truth) {
    if (box.label == label) boxes.push_back(&box);
  }
  std::stable_partition(boxes.begin(), boxes.end(), [&](const TrueBox* box) { return !IsOutside(box->box, limits); });
  const auto is_ignored = std::make_unique<bool[]>(boxes.size());
  uint32_t counting = 0;
  for (size_t g = 0; g < boxes.size(); ++g) {
    is_ignored[g] = IsOutside(boxes[g]->box, limits);
    counting += is_ignored[g] ? 0 : 1;
  }
  ClassRecord& record = records_[static_cast<size_t>(range)][static_cast<size_t>(label)];
  const auto picture = static_cast<uint32_t>(pictures_);
  if (counting > 0) record.boxes.emplace_back(picture, counting);
  std::vector<std::vector<bool>> is_taken(kIouCount, std::vector<bool>(boxes.size()));
  std::vector<float> overlaps(boxes.size());
  for (const decode::Detection& one : found) {
    for (size_t g = 0; g < boxes.size(); ++g) overlaps[g] = decode::Overlap(one.box, boxes[g]->box);
    Judged judged{one.score, picture, 0, 0};
    for (int t = 0; t < kIouCount; ++t) {
      const auto bit = static_cast<uint16_t>(1U << t);
      const size_t g = BestMatch(overlaps, {is_ignored.get(), boxes.size()}, is_taken[static_cast<size_t>(t)],
                                 static_cast<float>(0.5 + 0.05 * t));
      if (g < boxes.size()) {
        is_taken[static_cast<size_t>(t)][g] = true;
        judged.matched |= bit;
      }
      const bool does_not_count = g < boxes.size() ? is_ignored[g] : IsOutside(one.box, limits);
      if (does_not_count) judged.ignored |= bit;
    }
    record.found.push_back(judged);
  }
}

void AveragePrecision::AddPicture(std::span<const TrueBox> truth, std::span<const decode::Detection> found) {
  std::vector<std::vector<decode::Detection>> by_class(static_cast<size_t>(classes_));
  for (const decode::Detection& one : found) {
    if (one.label >= 0 && one.label < classes_) by_class[static_cast<size_t>(one.label)].push_back(one);
  }
  std::vector<bool> is_there(static_cast<size_t>(classes_));
  for (const TrueBox& box : truth) is_there[static_cast<size_t>(box.label)] = true;
  for (int c = 0; c < classes_; ++c) {
    std::vector<decode::Detection>& of_class = by_class[static_cast<size_t>(c)];
    if (of_class.empty() && !is_there[static_cast<size_t>(c)]) continue;
    std::stable_sort(of_class.begin(), of_class.end(), [](const auto& a, const auto& b) { return a.score > b.score; });
    if (of_class.size() > kMaxDetections) of_class.resize(kMaxDetections);
    for (int r = 0; r < kAreaRangeCount; ++r) Match(static_cast<AreaRange>(r), truth, of_class, c);
  }
  ++pictures_;
}

PrecisionFigures AveragePrecision::Figures(AreaRange range) const {
  return Figures(range, std::vector<uint32_t>(pictures_, 1));
}

PrecisionFigures AveragePrecision::Figures(AreaRange range, std::span<const uint32_t> weights) const {
  std::array<double, kIouCount> sums{};
  size_t classes = 0;
  for (const ClassRecord& record : records_[static_cast<size_t>(range)]) {
    double boxes = 0;
    for (const auto& [picture, count] : record.boxes) boxes += static_cast<double>(weights[picture]) * count;
    if (boxes == 0) continue;
    ++classes;
    std::vector<Judged> found = record.found;
    std::stable_sort(found.begin(), found.end(), [](const Judged& a, const Judged& b) { return a.score > b.score; });
    for (int t = 0; t < kIouCount; ++t) sums[static_cast<size_t>(t)] += PrecisionAt(found, t, weights, boxes);
  }
  const double nan = std::numeric_limits<double>::quiet_NaN();
  if (classes == 0) return {nan, nan, nan};
  const auto count = static_cast<double>(classes);
  double all = 0;
  for (const double sum : sums) all += sum;
  return {all / kIouCount / count, sums[0] / count, sums[5] / count};
}

}  // namespace verge::eval
