#include "eval/metrics/scores.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace verge::eval {
namespace {

constexpr double kNotANumber = std::numeric_limits<double>::quiet_NaN();

bool IsBetter(std::span<const float> scores, size_t a, size_t b) {
  const bool a_is_number = !std::isnan(scores[a]), b_is_number = !std::isnan(scores[b]);
  if (a_is_number != b_is_number) return a_is_number;
  if (a_is_number && scores[a] != scores[b]) return scores[a] > scores[b];
  return a < b;
}

struct RocPoint {
  double false_rate = 0;
  double true_rate = 0;
};

// From (0, 0) to (1, 1), a point a distinct score; empty without both kinds.
std::vector<RocPoint> Roc(std::vector<Ranked> items) {
  std::sort(items.begin(), items.end(), [](const Ranked& a, const Ranked& b) { return a.score > b.score; });
  double positives = 0, negatives = 0;
  for (const Ranked& item : items) (item.is_positive ? positives : negatives) += item.weight;
  if (positives == 0 || negatives == 0) return {};
  std::vector<RocPoint> points = {{0, 0}};
  double seen_positives = 0, seen_negatives = 0;
  for (size_t i = 0; i < items.size(); ++i) {
    (items[i].is_positive ? seen_positives : seen_negatives) += items[i].weight;
    if (i + 1 < items.size() && items[i + 1].score == items[i].score) continue;
    points.push_back({seen_negatives / negatives, seen_positives / positives});
  }
  return points;
}

double AreaUpTo(const std::vector<RocPoint>& points, double max_rate) {
  double area = 0;
  for (size_t i = 1; i < points.size(); ++i) {
    const RocPoint& a = points[i - 1];
    RocPoint b = points[i];
    if (a.false_rate >= max_rate) break;
    if (b.false_rate > max_rate) {
      const double part = (max_rate - a.false_rate) / (b.false_rate - a.false_rate);
      b = {max_rate, a.true_rate + part * (b.true_rate - a.true_rate)};
    }
    area += (b.false_rate - a.false_rate) * (a.true_rate + b.true_rate) / 2;
  }
  return area;
}

}  // namespace

size_t RankOf(std::span<const float> scores, size_t label) {
  size_t rank = 0;
  for (size_t i = 0; i < scores.size(); ++i) rank += i != label && IsBetter(scores, i, label) ? 1 : 0;
  return rank;
}

size_t TopOf(std::span<const float> scores) {
  size_t top = 0;
  for (size_t i = 1; i < scores.size(); ++i) {
    if (IsBetter(scores, i, top)) top = i;
  }
  return top;
}

double Auc(std::vector<Ranked> items) {
  const std::vector<RocPoint> points = Roc(std::move(items));
  return points.empty() ? kNotANumber : AreaUpTo(points, 1.0);
}

double PartialAuc(std::vector<Ranked> items, double max_rate) {
  const std::vector<RocPoint> points = Roc(std::move(items));
  if (points.empty()) return kNotANumber;
  const double chance = max_rate * max_rate / 2;
  return (1 + (AreaUpTo(points, max_rate) - chance) / (max_rate - chance)) / 2;
}

MaskCounts CountMask(std::span<const int> said, std::span<const int> truth, int classes, std::span<const int> judged) {
  const auto count = static_cast<size_t>(classes);
  MaskCounts counts{std::vector<uint64_t>(count), std::vector<uint64_t>(count)};
  for (size_t i = 0; i < truth.size() && i < said.size(); ++i) {
    const int t = truth[i], s = said[i];
    const auto is_judged = [&](int c) {
      return judged.empty() || std::find(judged.begin(), judged.end(), c) != judged.end();
    };
    if (t < 0 || t >= classes || !is_judged(t)) continue;
    ++counts.either[static_cast<size_t>(t)];
    if (s == t) {
      ++counts.both[static_cast<size_t>(t)];
    } else if (s >= 0 && s < classes && is_judged(s)) {
      ++counts.either[static_cast<size_t>(s)];
    }
  }
  return counts;
}

double MeanIou(std::span<const MaskCounts> pictures, std::span<const uint32_t> weights) {
  double sum = 0;
  size_t occurring = 0;
  const size_t classes = pictures.empty() ? 0 : pictures[0].both.size();
  for (size_t c = 0; c < classes; ++c) {
    uint64_t both = 0, either = 0;
    for (size_t i = 0; i < pictures.size(); ++i) {
      both += weights[i] * pictures[i].both[c];
      either += weights[i] * pictures[i].either[c];
    }
    if (either == 0) continue;
    sum += static_cast<double>(both) / static_cast<double>(either);
    ++occurring;
  }
  return occurring == 0 ? kNotANumber : sum / static_cast<double>(occurring);
}

}  // namespace verge::eval
