// One GStreamer pipeline that ends in RGB pictures with media time. The only place that includes GStreamer.
//
// Opens     a file, a URI, or a launch line whose last element gives video/x-raw. Open waits until the first picture is
//           there (or, from a live source, until it is running), so what is wrong shows at once and plug-ins are
//           loaded.
// Errors    kNotFound, kUnavailable, kUnsupported with GStreamer's own words.
// Threads   one thread reads; GStreamer has its own threads behind it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/status.h"
#include "media/image.h"

namespace verge::runner::pipeline {

// Starts GStreamer and reads its registry; Open does it too. For whoever must do it before a sandbox closes.
Status StartGstreamer();

struct GstPicture {
  media::Image image;
  int64_t time_us = 0;      // since the first picture of the stream, as the stream says
  int64_t duration_us = 0;  // 0 when unknown
};

class GstStream {
 public:
  struct Options {
    std::string uri;     // path or URI; or
    std::string launch;  // launch line
  };
  static Result<std::unique_ptr<GstStream>> Open(const Options& options);
  ~GstStream();
  GstStream(const GstStream&) = delete;
  GstStream& operator=(const GstStream&) = delete;

  // The source gives pictures at its own pace and late ones are lost.
  bool is_live() const;

  enum class Got { kPicture, kEnd, kTimeout };
  // Waits up to `timeout_ms`. A picture before `due_us` gets its times but no pixels: copying them would be for
  // nothing.
  Result<Got> Pull(int timeout_ms, int64_t due_us, GstPicture& picture);
  // Back to the beginning of a recording.
  Status Rewind();

 private:
  GstStream();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace verge::runner::pipeline
