#include "drift/adwin.h"

#include <algorithm>
#include <cmath>

namespace verge::drift {
namespace {

double SizeOfRow(size_t row) { return std::ldexp(1.0, static_cast<int>(row)); }

}  // namespace

Adwin::Bucket Adwin::Merge(const Bucket& a, double a_count, const Bucket& b, double b_count) {
  const double difference = a.sum / a_count - b.sum / b_count;
  return {a.sum + b.sum, a.variance + b.variance + difference * difference * a_count * b_count / (a_count + b_count)};
}

bool Adwin::Add(double value) {
  const double x = std::clamp((value - low_) / (high_ - low_), 0.0, 1.0);
  if (count_ > 0) {
    const double difference = x - sum_ / static_cast<double>(count_);
    variance_ += difference * difference * static_cast<double>(count_) / static_cast<double>(count_ + 1);
  }
  sum_ += x;
  ++count_;
  ++added_;
  Row& first = rows_[0];
  first.buckets[first.count++] = {x, 0};
  Compress();
  if (added_ % kClock != 0) return false;
  bool has_changed = false;
  while (HasCut()) {
    has_changed = true;
    DropOldest();
  }
  return has_changed;
}

// A row with one bucket too many gives its two oldest to the next row, as one.
void Adwin::Compress() {
  for (size_t i = 0; i + 1 < kRows && rows_[i].count > kPerRow; ++i) {
    Row& row = rows_[i];
    Row& next = rows_[i + 1];
    next.buckets[next.count++] = Merge(row.buckets[0], SizeOfRow(i), row.buckets[1], SizeOfRow(i));
    std::copy(row.buckets.begin() + 2, row.buckets.end(), row.buckets.begin());
    row.count -= 2;
  }
}

bool Adwin::HasCut() const {
  if (count_ < 2 * kLeast) return false;
  const auto total = static_cast<double>(count_);
  const double variance = std::max(variance_, 0.0) / total;
  const double log_term = std::log(2 * std::log(total) / delta_);
  double old_count = 0;
  double old_sum = 0;
  for (size_t i = kRows; i-- > 0;) {
    for (size_t b = 0; b < rows_[i].count; ++b) {
      old_count += SizeOfRow(i);
      old_sum += rows_[i].buckets[b].sum;
      const double new_count = total - old_count;
      if (new_count < static_cast<double>(kLeast)) return false;
      if (old_count < static_cast<double>(kLeast)) continue;
      const double inverse = 1 / old_count + 1 / new_count;
      const double bound = std::sqrt(2 * inverse * variance * log_term) + 2.0 / 3 * inverse * log_term;
      if (std::abs(old_sum / old_count - (sum_ - old_sum) / new_count) > bound) return true;
    }
  }
  return false;
}

void Adwin::DropOldest() {
  size_t i = kRows - 1;
  while (rows_[i].count == 0) --i;
  Row& row = rows_[i];
  const double size = SizeOfRow(i);
  const Bucket oldest = row.buckets[0];
  std::copy(row.buckets.begin() + 1, row.buckets.end(), row.buckets.begin());
  --row.count;
  count_ -= static_cast<uint64_t>(size);
  sum_ -= oldest.sum;
  const auto rest = static_cast<double>(count_);
  const double difference = oldest.sum / size - sum_ / rest;
  variance_ -= oldest.variance + difference * difference * size * rest / (size + rest);
}

double Adwin::mean() const { return count_ == 0 ? 0 : low_ + sum_ / static_cast<double>(count_) * (high_ - low_); }

void Adwin::Save(StateWriter& out) const {
  out.Tag("ADWN");
  out.Number(added_);
  out.Real(sum_);
  out.Real(variance_);
  for (const Row& row : rows_) {
    out.Number(row.count);
    for (size_t b = 0; b < row.count; ++b) {
      out.Real(row.buckets[b].sum);
      out.Real(row.buckets[b].variance);
    }
  }
}

Status Adwin::Load(StateReader& in) {
  VERGE_TRY(in.Tag("ADWN"));
  VERGE_TRY_ASSIGN(added_, in.Number(UINT64_MAX));
  VERGE_TRY_ASSIGN(sum_, in.Real());
  VERGE_TRY_ASSIGN(variance_, in.Real());
  count_ = 0;
  for (size_t i = 0; i < kRows; ++i) {
    VERGE_TRY_ASSIGN(rows_[i].count, in.Number(kPerRow));
    count_ += static_cast<uint64_t>(rows_[i].count) << i;
    for (size_t b = 0; b < rows_[i].count; ++b) {
      VERGE_TRY_ASSIGN(rows_[i].buckets[b].sum, in.Real());
      VERGE_TRY_ASSIGN(rows_[i].buckets[b].variance, in.Real());
    }
  }
  return Status::Ok();
}

}  // namespace verge::drift
