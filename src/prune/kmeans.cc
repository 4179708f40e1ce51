#include "prune/kmeans.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

namespace verge::prune {
namespace {

// Weighted numbers in ascending order, with sums of all before each: what any run costs is then known at once.
class Line {
 public:
  struct Point {
    double value = 0;
    double weight = 0;
  };
  explicit Line(std::vector<Point> points) : points_(std::move(points)) {
    double total = 0;
    double weight = 0;
    for (const Point& p : points_) {
      total += p.weight * p.value;
      weight += p.weight;
    }
    center_ = weight > 0 ? total / weight : 0;  // sums of squares lose less around the middle
    weights_.push_back(0);
    sums_.push_back(0);
    squares_.push_back(0);
    for (const Point& p : points_) {
      const double v = p.value - center_;
      weights_.push_back(weights_.back() + p.weight);
      sums_.push_back(sums_.back() + p.weight * v);
      squares_.push_back(squares_.back() + p.weight * v * v);
    }
  }

  size_t size() const { return points_.size(); }
  const Point& operator[](size_t i) const { return points_[i]; }
  double Weight(size_t begin, size_t end) const { return weights_[end] - weights_[begin]; }
  double Mean(size_t begin, size_t end) const { return center_ + (sums_[end] - sums_[begin]) / Weight(begin, end); }
  // Squared error of [begin, end) around its mean.
  double Cost(size_t begin, size_t end) const {
    const double sum = sums_[end] - sums_[begin];
    return std::max(squares_[end] - squares_[begin] - sum * sum / Weight(begin, end), 0.0);
  }
  // The first point above `value`.
  size_t Above(double value) const {
    const auto is_less = [](double v, const Point& p) { return v < p.value; };
    return static_cast<size_t>(std::upper_bound(points_.begin(), points_.end(), value, is_less) - points_.begin());
  }

 private:
  std::vector<Point> points_;
  double center_ = 0;
  std::vector<double> weights_, sums_, squares_;
};

// Different values with the importance of all that are equal. Those of no importance get a little, so that every value
// has a place.
std::vector<Line::Point> SortedPoints(std::span<const float> values, std::span<const float> importance,
                                      bool skip_zero) {
  double mean = 0;
  for (const float weight : importance) mean += static_cast<double>(weight) / static_cast<double>(importance.size());
  const double least = mean > 0 ? mean * 1e-6 : 1.0;
  std::vector<Line::Point> all;
  for (size_t i = 0; i < values.size(); ++i) {
    if (skip_zero && values[i] == 0) continue;
    const double weight = importance.empty() ? 1.0 : std::max(static_cast<double>(importance[i]), least);
    all.push_back({static_cast<double>(values[i]), weight});
  }
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.value < b.value; });
  std::vector<Line::Point> points;
  for (const Line::Point& p : all) {
    if (!points.empty() && points.back().value == p.value) {
      points.back().weight += p.weight;
    } else {
      points.push_back(p);
    }
  }
  return points;
}

// At most kExactValues runs of neighbours, each with its mean.
Line Condense(const Line& line) {
  const size_t count = std::min(line.size(), kExactValues);
  std::vector<Line::Point> points;
  for (size_t i = 0; i < count; ++i) {
    const size_t begin = line.size() * i / count;
    const size_t end = line.size() * (i + 1) / count;
    if (end == begin + 1) {
      points.push_back(line[begin]);
    } else {
      points.push_back({line.Mean(begin, end), line.Weight(begin, end)});
    }
  }
  return Line(std::move(points));
}

// One row of the programme: now[e] = min over s of before[s] + Cost(s, e), starts[e] the s, for e in [first, last]
// with s in [low, high]; s grows with e.
void FillRow(const Line& line, const std::vector<double>& before, size_t first, size_t last, size_t low, size_t high,
             std::vector<double>& now, std::vector<uint32_t>& starts) {
  if (first > last) return;
  const size_t e = first + (last - first) / 2;
  now[e] = std::numeric_limits<double>::infinity();
  for (size_t s = low; s <= std::min(high, e - 1); ++s) {
    const double cost = before[s] + line.Cost(s, e);
    if (cost < now[e]) {
      now[e] = cost;
      starts[e] = static_cast<uint32_t>(s);
    }
  }
  if (e > first) FillRow(line, before, first, e - 1, low, starts[e], now, starts);
  FillRow(line, before, e + 1, last, starts[e], high, now, starts);
}

// The best k <= size clusters' means, ascending.
std::vector<double> BestMeans(const Line& line, size_t k) {
  const size_t n = line.size();
  std::vector<double> before(n + 1, std::numeric_limits<double>::infinity());
  for (size_t e = 1; e <= n; ++e) before[e] = line.Cost(0, e);
  std::vector<std::vector<uint32_t>> starts(k, std::vector<uint32_t>(n + 1, 0));
  std::vector<double> now(n + 1);
  for (size_t c = 1; c < k; ++c) {
    std::fill(now.begin(), now.end(), std::numeric_limits<double>::infinity());
    FillRow(line, before, c + 1, n, c, n - 1, now, starts[c]);
    std::swap(before, now);
  }
  std::vector<double> means(k);
  size_t end = n;
  for (size_t c = k; c-- > 0;) {
    const size_t begin = starts[c][end];
    means[c] = line.Mean(begin, end);
    end = begin;
  }
  return means;
}

// Lloyd's iteration; `pinned` (an index, or npos) does not move. Centroids that nothing is nearest to are dropped.
void Improve(const Line& line, size_t pinned, size_t max_iterations, std::vector<double>& centroids) {
  for (size_t round = 0; round < max_iterations; ++round) {
    std::vector<double> next;
    size_t next_pinned = pinned;
    size_t begin = 0;
    for (size_t c = 0; c < centroids.size(); ++c) {
      const bool is_last = c + 1 == centroids.size();
      const size_t end = is_last ? line.size() : line.Above((centroids[c] + centroids[c + 1]) / 2);
      if (c == pinned) {
        next_pinned = next.size();
        next.push_back(centroids[c]);
      } else if (end > begin) {
        next.push_back(line.Mean(begin, end));
      }
      begin = std::max(begin, end);
    }
    pinned = next_pinned;
    if (next == centroids) return;
    centroids = std::move(next);
  }
}

}  // namespace

std::vector<float> FitCentroids(std::span<const float> values, std::span<const float> importance,
                                const KMeans& options) {
  const bool has_zero = options.keep_zero && std::find(values.begin(), values.end(), 0.0f) != values.end();
  const Line line(SortedPoints(values, importance, has_zero));
  const size_t k = std::max<size_t>(options.k - (has_zero ? 1 : 0), 1);
  std::vector<double> centroids;
  if (line.size() <= k) {
    for (size_t i = 0; i < line.size(); ++i) centroids.push_back(line[i].value);
  } else {
    centroids = BestMeans(Condense(line), k);
  }
  size_t pinned = static_cast<size_t>(-1);
  if (has_zero) {
    const auto at = std::lower_bound(centroids.begin(), centroids.end(), 0.0);
    pinned = static_cast<size_t>(at - centroids.begin());
    centroids.insert(at, 0.0);
  }
  if (line.size() > k) Improve(line, pinned, options.max_iterations, centroids);
  std::vector<float> result;
  for (const double c : centroids) {
    const float centroid = static_cast<float>(options.is_integer ? std::nearbyint(c) : c);
    if (result.empty() || result.back() < centroid) result.push_back(centroid);
  }
  return result;
}

size_t NearestCentroid(std::span<const float> centroids, float value) {
  const auto above = std::lower_bound(centroids.begin(), centroids.end(), value);
  if (above == centroids.begin()) return 0;
  const auto at = static_cast<size_t>(above - centroids.begin());
  if (above == centroids.end()) return at - 1;
  const double below_distance = static_cast<double>(value) - static_cast<double>(centroids[at - 1]);
  return below_distance <= static_cast<double>(*above) - static_cast<double>(value) ? at - 1 : at;
}

}  // namespace verge::prune
