// Gives objects their tracks. track/tracker.h has the method.
//
//   high_score, low_score, min_overlap, min_hits, max_age
#include "runner/pipeline/element.h"
#include "runner/track/tracker.h"

namespace verge::runner::pipeline {
namespace {

class TrackStage final : public Stage {
 public:
  explicit TrackStage(TrackerOptions options) : tracker_(options) {}

  Status Process(Packet packet, Outlet& out) override {
    packet.objects = tracker_.Process(packet.media_us, std::move(packet.objects));
    out.Give(std::move(packet));
    return Status::Ok();
  }

 private:
  Tracker tracker_;
};

Result<Made> MakeTrack(MakeArgs& args) {
  yaml::Fields& f = args.fields;
  TrackerOptions o;
  VERGE_TRY_ASSIGN(const double high, f.Number("high_score", {.min = 0, .max = 1}, 0.5));
  VERGE_TRY_ASSIGN(const double low, f.Number("low_score", {.min = 0, .max = high}, std::min(high, 0.3)));
  VERGE_TRY_ASSIGN(const double overlap, f.Number("min_overlap", {.min = 0.01, .max = 1}, 0.2));
  VERGE_TRY_ASSIGN(const int64_t hits, f.Int("min_hits", {.min = 1, .max = 100}, 2));
  VERGE_TRY_ASSIGN(o.max_age_us, f.DurationUs("max_age", 1000000));
  o.high_score = static_cast<float>(high);
  o.low_score = static_cast<float>(low);
  o.min_overlap = static_cast<float>(overlap);
  o.min_hits = static_cast<int>(hits);
  Made made;
  made.stage = std::make_unique<TrackStage>(o);
  made.output = Port::Of(PortKind::kTracks);
  return made;
}

}  // namespace

ElementType TrackElement() { return {"track", "who is the same one as before", {PortKind::kObjects}, MakeTrack}; }

}  // namespace verge::runner::pipeline
