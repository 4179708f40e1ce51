// Gives objects of successive frames their tracks: who is the same one as before.
//
// Each track predicts its box by constant velocity. Sure objects (score >= high_score) are matched first, to all
// tracks, then doubtful ones (score >= low_score), to the tracks that are left and were seen in the frame before; each
// time so that the total overlap is largest. A sure object without a track begins one; a track unseen for max_age ends.
//
// Source    Bewley et al., SORT (arXiv:1602.00763); Zhang et al., ByteTrack (arXiv:2110.06864).
// Time      media time only. When it goes back, all tracks end.
// Memory    at most kMaxTracks tracks, kMaxObjects objects of a frame (the best of them).
// Threads   one at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "runner/track/kalman.h"
#include "runner/types.h"

namespace verge::runner {

struct TrackerOptions {
  float high_score = 0.5F;
  float low_score = 0.3F;
  float min_overlap = 0.2F;      // intersection over union of prediction and object
  int min_hits = 2;              // frames before a track is given out
  int64_t max_age_us = 1000000;  // unseen for so long: ended
};

class Tracker {
 public:
  static constexpr size_t kMaxObjects = 256;
  static constexpr size_t kMaxTracks = 512;

  explicit Tracker(TrackerOptions options) : options_(options) {}

  // `objects` best first. Returns the sure ones and the doubtful ones that continue a track, with `track` and
  // `first_seen_us` set once the track has min_hits; before, track is 0.
  std::vector<Object> Process(int64_t media_us, std::vector<Object> objects);

  size_t track_count() const { return tracks_.size(); }

 private:
  struct Track {
    uint32_t id = 0;  // 0 until min_hits
    std::string label;
    std::array<CoordinateFilter, 4> filters;  // centre x, centre y, width, height
    int hits = 0;
    int64_t first_seen_us = 0;
    int64_t last_seen_us = 0;
    Box Predicted() const;
  };

  void Predict(int64_t media_us);
  // Matches objects[i] for i in `wanted` to tracks[t] for t in `free`; takes the matched out of both.
  void Match(int64_t media_us, std::vector<Object>& objects, std::vector<size_t>& wanted, std::vector<size_t>& free,
             std::vector<bool>& is_kept);
  void Begin(int64_t media_us, Object& object);
  void Update(int64_t media_us, Track& track, Object& object);

  TrackerOptions options_;
  std::vector<Track> tracks_;
  uint32_t next_id_ = 1;
  int64_t last_media_us_ = INT64_MIN;
};

}  // namespace verge::runner
