// Source of frames: a recording or a camera, through GStreamer.
//
//   uri        path or URI; or
//   launch     a GStreamer launch line up to raw video, e.g. `v4l2src device=/dev/video0`
//   every      take one frame in so much media time (default: every frame)
//   realtime   recordings only: wait so that media time passes as wall time does (default false)
//   loop       recordings only: begin again at the end; media time goes on (default false)
#include "runner/pipeline/element.h"
#include "runner/pipeline/elements/video/gst_stream.h"
#include "runner/pipeline/pacer.h"
#include "runner/pipeline/services.h"

namespace verge::runner::pipeline {
namespace {

struct VideoOptions {
  int64_t every_us = 0;
  bool is_realtime = false;
  bool is_looping = false;
};

class VideoSource final : public Source {
 public:
  VideoSource(std::unique_ptr<GstStream> stream, VideoOptions options)
      : stream_(std::move(stream)), options_(options) {}

  Result<bool> Next(Packet& packet) override {
    while (!pacer_.is_stopping()) {
      GstPicture picture;
      VERGE_TRY_ASSIGN(const GstStream::Got got, stream_->Pull(kPollMs, due_us_ - offset_us_, picture));
      if (got == GstStream::Got::kTimeout) continue;
      if (got == GstStream::Got::kEnd) {
        if (!options_.is_looping || frame_ == 0) return false;
        VERGE_TRY(stream_->Rewind());
        offset_us_ = end_us_;
        continue;
      }
      const int64_t frame = frame_++;
      const int64_t media_us = offset_us_ + picture.time_us;
      end_us_ = media_us + picture.duration_us;
      if (picture.image.width == 0) continue;  // before its time
      if (options_.every_us > 0) due_us_ += ((media_us - due_us_) / options_.every_us + 1) * options_.every_us;
      if (options_.is_realtime && !stream_->is_live() && !pacer_.WaitUntil(media_us)) return false;
      packet.frame = frame;
      packet.media_us = media_us;
      packet.image = std::make_shared<const media::Image>(std::move(picture.image));
      return true;
    }
    return false;
  }

  void Stop() override { pacer_.Stop(); }

 private:
  static constexpr int kPollMs = 100;

  std::unique_ptr<GstStream> stream_;
  VideoOptions options_;
  int64_t frame_ = 0;
  int64_t due_us_ = 0;     // media time of the next frame to take
  int64_t offset_us_ = 0;  // media time at which this round of a loop began
  int64_t end_us_ = 0;
  Pacer pacer_;
};

Result<Made> MakeVideo(MakeArgs& args) {
  yaml::Fields& f = args.fields;
  GstStream::Options stream_options;
  VERGE_TRY_ASSIGN(stream_options.uri, f.String("uri", ""));
  VERGE_TRY_ASSIGN(stream_options.launch, f.String("launch", ""));
  VideoOptions options;
  VERGE_TRY_ASSIGN(options.every_us, f.DurationUs("every", 0));
  VERGE_TRY_ASSIGN(options.is_realtime, f.Bool("realtime", false));
  VERGE_TRY_ASSIGN(options.is_looping, f.Bool("loop", false));
  Made made;
  made.output = Port::Of(PortKind::kFrames);
  if (!args.services.OpensSources()) return made;
  if (stream_options.uri.empty() == stream_options.launch.empty()) {
    return f.Expected(
        "uri",
        "a path or URI here, or else a GStreamer line in 'launch' (a parameter may be unset: --param name=value)");
  }
  Result<std::unique_ptr<GstStream>> stream = GstStream::Open(stream_options);
  if (!stream.ok()) {
    const char* field = stream_options.launch.empty() ? "uri" : "launch";
    return std::move(stream).status().WithContext(f.PlaceOf(field) + ": cannot open the video");
  }
  made.is_live = (*stream)->is_live();
  made.is_blocking = options.is_realtime;
  made.source = std::make_unique<VideoSource>(*std::move(stream), options);
  return made;
}

}  // namespace

ElementType VideoElement() { return {"video", "frames of a recording or a camera", {}, MakeVideo}; }

}  // namespace verge::runner::pipeline
