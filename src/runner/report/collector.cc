#include "runner/report/collector.h"

#include <algorithm>

namespace verge::runner::report {
namespace {

constexpr int kJpegQuality = 82;
constexpr int kMaxPictureWidth = 960;

Result<std::vector<std::byte>> Encode(const media::Image& image) {
  if (image.width <= kMaxPictureWidth) return media::EncodeJpeg(image.view(), kJpegQuality);
  const int height = std::max(1, static_cast<int>(int64_t{image.height} * kMaxPictureWidth / image.width));
  VERGE_TRY_ASSIGN(const media::Image small, media::ResizeBilinear(image.view(), kMaxPictureWidth, height));
  return media::EncodeJpeg(small.view(), kJpegQuality);
}

}  // namespace

bool Thinner::Offer() { return offers_++ % stride_ == 0; }

void Thinner::Keep(Picture picture) {
  kept_.push_back(std::move(picture));
  if (kept_.size() < 2 * wanted_) return;
  // Every second one goes; offers so far are a multiple of the new stride away from the next kept one.
  std::vector<Picture> half;
  for (size_t i = 0; i < kept_.size(); i += 2) half.push_back(std::move(kept_[i]));
  kept_ = std::move(half);
  stride_ *= 2;
}

std::vector<const Picture*> Thinner::Pick(size_t count) const {
  std::vector<const Picture*> picked;
  const size_t n = kept_.size();
  count = std::min(count, n);
  for (size_t i = 0; i < count; ++i) {
    const size_t at = count == 1 ? n / 2 : i * (n - 1) / (count - 1);
    picked.push_back(&kept_[at]);
  }
  return picked;
}

Collector::Collector(CollectorOptions options)
    : options_(std::move(options)), with_firing_(options_.pictures), with_label_(options_.pictures) {}

void Collector::AddPoint(TimePoint point) {
  if (pending_ > 0) {
    points_.back().count = std::max(points_.back().count, point.count);
  } else {
    if (points_.size() == kMaxPoints) {
      for (size_t i = 0; i < kMaxPoints / 2; ++i) {
        points_[i] = {points_[2 * i].media_us, std::max(points_[2 * i].count, points_[2 * i + 1].count)};
      }
      points_.resize(kMaxPoints / 2);
      point_stride_ *= 2;
    }
    points_.push_back(point);
  }
  pending_ = (pending_ + 1) % point_stride_;
}

Status Collector::Add(int64_t frame, int64_t media_us, const media::Image* image, const std::vector<Object>& objects,
                      const std::vector<Firing>& firings) {
  int count = 0;
  for (const Object& object : objects) {
    if (object.label == options_.label && object.score >= options_.min_score) ++count;
    tracks_ = std::max(tracks_, object.track);
  }
  ++frames_;
  if (count > 0) ++frames_with_label_;
  last_us_ = media_us;
  AddPoint({media_us, count});
  for (const Firing& firing : firings) {
    ++by_rule_[firing.rule];
    ++firing_count_;
    if (firings_.size() < kMaxFirings) firings_.push_back(firing);
  }
  Thinner* const thinner = !firings.empty() ? &with_firing_ : count > 0 ? &with_label_ : nullptr;
  if (image == nullptr || thinner == nullptr || !thinner->Offer()) return Status::Ok();
  Picture picture{media_us, frame, image->width, image->height, {}, objects, firings};
  VERGE_TRY_ASSIGN(picture.jpeg, Encode(*image));
  thinner->Keep(std::move(picture));
  return Status::Ok();
}

std::vector<const Picture*> Collector::Pictures() const {
  const std::vector<const Picture*> fired = with_firing_.Pick(options_.pictures / 2);
  std::vector<const Picture*> all = with_label_.Pick(options_.pictures - fired.size());
  all.insert(all.end(), fired.begin(), fired.end());
  std::sort(all.begin(), all.end(), [](const Picture* a, const Picture* b) { return a->frame < b->frame; });
  return all;
}

}  // namespace verge::runner::report
