#include "runner/track/tracker.h"

#include <algorithm>
#include <cmath>

#include "decode/boxes.h"
#include "runner/track/assign.h"

namespace verge::runner {
namespace {

// Noise in parts of the box's height: how far a detector's edges jump between frames, and how fast people turn.
constexpr double kMeasureNoise = 0.05;
constexpr double kAcceleration = 0.5;  // heights a second squared
constexpr double kFirstVelocity = 1;   // heights a second

std::array<double, 4> CoordinatesOf(const Box& box) {
  const double x0 = box.x0, y0 = box.y0, x1 = box.x1, y1 = box.y1;
  return {(x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0};
}

double HeightOf(const Box& box) { return std::max(static_cast<double>(box.y1) - static_cast<double>(box.y0), 1e-3); }

}  // namespace

Box Tracker::Track::Predicted() const {
  const double cx = filters[0].position(), cy = filters[1].position();
  const double w = std::max(filters[2].position(), 1e-3), h = std::max(filters[3].position(), 1e-3);
  return {static_cast<float>(cx - w / 2), static_cast<float>(cy - h / 2), static_cast<float>(cx + w / 2),
          static_cast<float>(cy + h / 2)};
}

void Tracker::Predict(int64_t media_us) {
  const double dt = static_cast<double>(media_us - last_media_us_) * 1e-6;
  for (Track& track : tracks_) {
    const double accel = kAcceleration * HeightOf(track.Predicted());
    for (CoordinateFilter& filter : track.filters) filter.Predict(dt, accel);
  }
}

void Tracker::Update(int64_t media_us, Track& track, Object& object) {
  const std::array<double, 4> measured = CoordinatesOf(object.box);
  const double noise = kMeasureNoise * HeightOf(object.box);
  for (size_t i = 0; i < 4; ++i) track.filters[i].Update(measured[i], noise);
  ++track.hits;
  track.last_seen_us = media_us;
  if (track.id == 0 && track.hits >= options_.min_hits) track.id = next_id_++;
  object.track = track.id;
  object.first_seen_us = track.first_seen_us;
}

void Tracker::Begin(int64_t media_us, Object& object) {
  if (tracks_.size() >= kMaxTracks) return;
  Track& track = tracks_.emplace_back();
  track.label = object.label;
  track.first_seen_us = media_us;
  track.last_seen_us = media_us;
  track.hits = 1;
  if (options_.min_hits <= 1) track.id = next_id_++;
  const std::array<double, 4> measured = CoordinatesOf(object.box);
  const double height = HeightOf(object.box);
  for (size_t i = 0; i < 4; ++i) {
    track.filters[i] = CoordinateFilter(measured[i], kMeasureNoise * height, kFirstVelocity * height);
  }
  object.track = track.id;
  object.first_seen_us = media_us;
}

void Tracker::Match(int64_t media_us, std::vector<Object>& objects, std::vector<size_t>& wanted,
                    std::vector<size_t>& free, std::vector<bool>& is_kept) {
  std::vector<float> costs;
  for (const size_t t : free) {
    const Box predicted = tracks_[t].Predicted();
    for (const size_t i : wanted) {
      const bool may_match = tracks_[t].label == objects[i].label;
      const float overlap = may_match ? decode::Overlap(predicted, objects[i].box) : 0;
      // What is below the threshold costs as much as no match, so it never pushes a good match aside.
      costs.push_back(overlap >= options_.min_overlap ? 1 - overlap : 1);
    }
  }
  const std::vector<int> column_of = Assign(costs, free.size(), wanted.size());
  std::vector<size_t> free_left;
  std::vector<bool> is_taken(wanted.size(), false);
  for (size_t row = 0; row < free.size(); ++row) {
    const int column = column_of[row];
    if (column < 0 || costs[row * wanted.size() + static_cast<size_t>(column)] >= 1) {
      free_left.push_back(free[row]);
      continue;
    }
    is_taken[static_cast<size_t>(column)] = true;
    const size_t i = wanted[static_cast<size_t>(column)];
    Update(media_us, tracks_[free[row]], objects[i]);
    is_kept[i] = true;
  }
  std::vector<size_t> wanted_left;
  for (size_t column = 0; column < wanted.size(); ++column) {
    if (!is_taken[column]) wanted_left.push_back(wanted[column]);
  }
  free = std::move(free_left);
  wanted = std::move(wanted_left);
}

std::vector<Object> Tracker::Process(int64_t media_us, std::vector<Object> objects) {
  if (objects.size() > kMaxObjects) objects.resize(kMaxObjects);
  if (media_us < last_media_us_) tracks_.clear();
  if (!tracks_.empty()) Predict(media_us);
  std::vector<size_t> sure, doubtful, free;
  for (size_t i = 0; i < objects.size(); ++i) {
    if (objects[i].score >= options_.high_score) sure.push_back(i);
    if (objects[i].score < options_.high_score && objects[i].score >= options_.low_score) doubtful.push_back(i);
  }
  for (size_t t = 0; t < tracks_.size(); ++t) free.push_back(t);

  std::vector<bool> is_kept(objects.size(), false);
  Match(media_us, objects, sure, free, is_kept);
  std::erase_if(free, [&](size_t t) { return tracks_[t].last_seen_us < last_media_us_; });
  Match(media_us, objects, doubtful, free, is_kept);
  for (const size_t i : sure) {
    Begin(media_us, objects[i]);
    is_kept[i] = true;
  }
  std::erase_if(tracks_, [&](const Track& track) { return media_us - track.last_seen_us > options_.max_age_us; });
  last_media_us_ = media_us;

  std::vector<Object> kept;
  for (size_t i = 0; i < objects.size(); ++i) {
    if (is_kept[i]) kept.push_back(std::move(objects[i]));
  }
  return kept;
}

}  // namespace verge::runner
