// Remembers what a report shows of a run, in bounded memory however long the run is.
//
// Time line   at most kMaxPoints points; when they are full, neighbours are joined (the larger count stays).
// Pictures    moments with a firing and moments with the label, thinned evenly as the run grows; kept as JPEG.
// Threads     Add from one thread; read after the pipeline has ended.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/status.h"
#include "media/image.h"
#include "runner/rules/expr.h"
#include "runner/types.h"

namespace verge::runner::report {

struct CollectorOptions {
  std::string label = "person";  // what is counted
  float min_score = 0.5F;
  size_t pictures = 8;
};

struct TimePoint {
  int64_t media_us = 0;
  int count = 0;  // objects of the label above min_score
};

struct Picture {
  int64_t media_us = 0;
  int64_t frame = 0;
  int width = 0;  // of the source frame
  int height = 0;
  std::vector<std::byte> jpeg;
  std::vector<Object> objects;
  std::vector<Firing> firings;
};

// Keeps an evenly thinned sample of an endless sequence: after n offers every 2^k-th is kept, at most 2 x `wanted`.
class Thinner {
 public:
  explicit Thinner(size_t wanted) : wanted_(wanted) {}
  // True: the next Keep belongs to this offer.
  bool Offer();
  void Keep(Picture picture);
  // `count` of the kept ones (all, when there are fewer), evenly spread.
  std::vector<const Picture*> Pick(size_t count) const;

 private:
  size_t wanted_;
  uint64_t stride_ = 1;
  uint64_t offers_ = 0;
  std::vector<Picture> kept_;
};

class Collector {
 public:
  static constexpr size_t kMaxPoints = 2048;
  static constexpr size_t kMaxFirings = 500;

  explicit Collector(CollectorOptions options = {});
  // Before the first Add.
  void Configure(CollectorOptions options) { *this = Collector(std::move(options)); }

  // `image` null: what was seen is no picture.
  Status Add(int64_t frame, int64_t media_us, const media::Image* image, const std::vector<Object>& objects,
             const std::vector<Firing>& firings);

  const CollectorOptions& options() const { return options_; }
  uint64_t frames() const { return frames_; }
  uint64_t frames_with_label() const { return frames_with_label_; }
  uint32_t tracks() const { return tracks_; }
  int64_t media_us() const { return last_us_; }
  const std::vector<TimePoint>& time_line() const { return points_; }
  const std::map<std::string, uint64_t>& firings_by_rule() const { return by_rule_; }
  uint64_t firing_count() const { return firing_count_; }
  const std::vector<Firing>& firings() const { return firings_; }  // the first kMaxFirings
  // In time order, at most options.pictures.
  std::vector<const Picture*> Pictures() const;

 private:
  void AddPoint(TimePoint point);

  CollectorOptions options_;
  uint64_t frames_ = 0;
  uint64_t frames_with_label_ = 0;
  uint32_t tracks_ = 0;
  int64_t last_us_ = 0;
  std::vector<TimePoint> points_;
  uint64_t point_stride_ = 1;
  uint64_t pending_ = 0;  // frames joined into the last point so far
  std::map<std::string, uint64_t> by_rule_;
  uint64_t firing_count_ = 0;
  std::vector<Firing> firings_;
  Thinner with_firing_;
  Thinner with_label_;
};

}  // namespace verge::runner::report
