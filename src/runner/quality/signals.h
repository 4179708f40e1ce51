// The numbers that an app's monitors watch, as the pipeline makes them.
//
//   input, output   mean, deviation (standard, of the population), least, most or Euclidean norm of the tensor; of a
//                   large one kMaxElements elements evenly apart, so that a picture costs microseconds
//   score           the score of each object
//   events          firings a minute in each interval of media time; a gap of the source gives zeros, at most
//                   kMaxIntervals of them
//
// Threads   any; values of one monitor come one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/status.h"
#include "base/tensor.h"
#include "format/app/app.h"
#include "runner/pipeline/services.h"

namespace verge::runner::quality {

inline constexpr size_t kMaxElements = 4096;
inline constexpr int64_t kMaxIntervals = 1000;

// NaN when an element is; of an empty tensor 0.
double StatisticOf(const Tensor& tensor, app::Statistic statistic);

// Turns what the pipeline shows into calls of OnValue.
class SignalReader : public pipeline::QualityWatch {
 public:
  // Borrows `monitors`.
  explicit SignalReader(const std::vector<app::Monitor>& monitors) : monitors_(monitors), intervals_(monitors.size()) {}

  Status SeeInputs(const std::string& model, const runtime::Session& session) override;
  Status SeeOutputs(const std::string& model, const runtime::Session& session) override;
  Status SeeObjects(const std::vector<Object>& objects) override;
  Status SeeFirings(int64_t media_us, size_t count) override;

 protected:
  // A value of monitors()[index]. Called with mutex() held.
  virtual Status OnValue(size_t index, double value) = 0;

  const std::vector<app::Monitor>& monitors() const { return monitors_; }
  std::mutex& mutex() const { return mutex_; }

 private:
  struct Interval {
    int64_t number = -1;  // before the first
    uint64_t firings = 0;
  };
  Status CountFirings(size_t index, int64_t media_us, size_t count);

  const std::vector<app::Monitor>& monitors_;
  std::vector<Interval> intervals_;
  mutable std::mutex mutex_;
};

// A tensor that a monitor names but its model lacks: kInvalidArgument.
Status CheckTensors(const std::vector<app::Monitor>& monitors, ModelStore& models);

}  // namespace verge::runner::quality
