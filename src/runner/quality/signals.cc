#include "runner/quality/signals.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace verge::runner::quality {
namespace {

using app::Monitor;
using app::Signal;
using app::Statistic;

constexpr double kUsPerMinute = 60e6;

// Welford's sums: no cancellation, however far the mean is from 0.
struct Sums {
  double count = 0;
  double mean = 0;
  double squares = 0;  // of the distances from the mean
  double least = std::numeric_limits<double>::infinity();
  double most = -std::numeric_limits<double>::infinity();
  double norm_squared = 0;
  bool has_nan = false;

  void Add(double x) {
    has_nan |= std::isnan(x);
    ++count;
    const double difference = x - mean;
    mean += difference / count;
    squares += difference * (x - mean);
    least = std::min(least, x);
    most = std::max(most, x);
    norm_squared += x * x;
  }
};

template <typename T, typename Convert>
Sums SumOf(const Tensor& tensor, Convert convert) {
  Sums sums;
  const size_t count = tensor.shape().elems();
  const size_t step = std::max<size_t>((count + kMaxElements - 1) / kMaxElements, 1);
  for (size_t i = 0; i < count; i += step) sums.Add(convert(tensor.as<T>()[i]));
  return sums;
}

template <typename T>
Sums SumOf(const Tensor& tensor) {
  return SumOf<T>(tensor, [](T x) { return static_cast<double>(x); });
}

Sums SumsOf(const Tensor& t) {
  switch (t.dtype()) {
    case DType::kF32: return SumOf<float>(t);
    case DType::kF64: return SumOf<double>(t);
    case DType::kF16: return SumOf<uint16_t>(t, [](uint16_t x) { return static_cast<double>(HalfToFloat(x)); });
    case DType::kI8: return SumOf<int8_t>(t);
    case DType::kU8:
    case DType::kBool: return SumOf<uint8_t>(t);
    case DType::kI16: return SumOf<int16_t>(t);
    case DType::kU16: return SumOf<uint16_t>(t);
    case DType::kI32: return SumOf<int32_t>(t);
    case DType::kU32: return SumOf<uint32_t>(t);
    case DType::kI64: return SumOf<int64_t>(t);
    case DType::kU64: return SumOf<uint64_t>(t);
    case DType::kBF16:
      return SumOf<uint16_t>(t,
                             [](uint16_t x) { return static_cast<double>(std::bit_cast<float>(uint32_t{x} << 16)); });
  }
  return {};
}

}  // namespace

double StatisticOf(const Tensor& tensor, Statistic statistic) {
  const Sums sums = SumsOf(tensor);
  if (sums.count == 0) return 0;
  if (sums.has_nan) return std::numeric_limits<double>::quiet_NaN();  // min and max would hide it
  switch (statistic) {
    case Statistic::kMean: return sums.mean;
    case Statistic::kDeviation: return std::sqrt(sums.squares / sums.count);
    case Statistic::kLeast: return sums.least;
    case Statistic::kMost: return sums.most;
    case Statistic::kNorm: return std::sqrt(sums.norm_squared);
  }
  return 0;
}

Status SignalReader::SeeInputs(const std::string& model, const runtime::Session& session) {
  const std::lock_guard lock(mutex_);
  for (size_t i = 0; i < monitors_.size(); ++i) {
    const Monitor& monitor = monitors_[i];
    if (monitor.signal != Signal::kInput || monitor.model != model) continue;
    VERGE_TRY_ASSIGN(const size_t tensor, session.model().FindInput(monitor.tensor));
    VERGE_TRY(OnValue(i, StatisticOf(session.input(tensor), monitor.statistic)));
  }
  return Status::Ok();
}

Status SignalReader::SeeOutputs(const std::string& model, const runtime::Session& session) {
  const std::lock_guard lock(mutex_);
  for (size_t i = 0; i < monitors_.size(); ++i) {
    const Monitor& monitor = monitors_[i];
    if (monitor.signal != Signal::kOutput || monitor.model != model) continue;
    VERGE_TRY_ASSIGN(const size_t tensor, session.model().FindOutput(monitor.tensor));
    VERGE_TRY(OnValue(i, StatisticOf(session.output(tensor), monitor.statistic)));
  }
  return Status::Ok();
}

Status SignalReader::SeeObjects(const std::vector<Object>& objects) {
  const std::lock_guard lock(mutex_);
  for (size_t i = 0; i < monitors_.size(); ++i) {
    const Monitor& monitor = monitors_[i];
    if (monitor.signal != Signal::kScore) continue;
    for (const Object& object : objects) {
      const bool counts = monitor.label.empty() || object.label == monitor.label;
      if (counts) VERGE_TRY(OnValue(i, static_cast<double>(object.score)));
    }
  }
  return Status::Ok();
}

Status SignalReader::SeeFirings(int64_t media_us, size_t count) {
  const std::lock_guard lock(mutex_);
  for (size_t i = 0; i < monitors_.size(); ++i) {
    if (monitors_[i].signal == Signal::kEvents) VERGE_TRY(CountFirings(i, media_us, count));
  }
  return Status::Ok();
}

Status SignalReader::CountFirings(size_t index, int64_t media_us, size_t count) {
  Interval& interval = intervals_[index];
  const int64_t length_us = monitors_[index].interval_us;
  const int64_t number = media_us / length_us;
  if (interval.number < 0) interval.number = number;
  for (int64_t passed = 0; interval.number < number && passed < kMaxIntervals; ++interval.number, ++passed) {
    const double rate = static_cast<double>(interval.firings) * kUsPerMinute / static_cast<double>(length_us);
    interval.firings = 0;
    VERGE_TRY(OnValue(index, rate));
  }
  interval.number = number;
  interval.firings += count;
  return Status::Ok();
}

Status CheckTensors(const std::vector<Monitor>& monitors, ModelStore& models) {
  for (const Monitor& monitor : monitors) {
    if (monitor.signal != Signal::kInput && monitor.signal != Signal::kOutput) continue;
    VERGE_TRY_ASSIGN(const std::shared_ptr<const runtime::Model> model, models.Get(monitor.model));
    const bool is_input = monitor.signal == Signal::kInput;
    Status found = is_input ? model->FindInput(monitor.tensor).status() : model->FindOutput(monitor.tensor).status();
    if (!found.ok()) return std::move(found).WithContext("app.yaml: monitors." + monitor.name + ".tensor");
  }
  return Status::Ok();
}

}  // namespace verge::runner::quality
