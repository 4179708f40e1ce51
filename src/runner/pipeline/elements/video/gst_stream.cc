#include "runner/pipeline/elements/video/gst_stream.h"

#include <gst/app/gstappsink.h>
#include <gst/gst.h>
#include <gst/video/video.h>

#include <cstring>
#include <filesystem>
#include <mutex>

#include "base/checked.h"

namespace verge::runner::pipeline {
namespace {

constexpr GstClockTime kOpenTimeout = 20 * GST_SECOND;

struct Unref {
  void operator()(GstElement* p) const { gst_object_unref(p); }
  void operator()(GstBus* p) const { gst_object_unref(p); }
  void operator()(GstSample* p) const { gst_sample_unref(p); }
  void operator()(GstMessage* p) const { gst_message_unref(p); }
};
template <typename T>
using Owned = std::unique_ptr<T, Unref>;

Status ErrorOf(GstMessage* message) {
  GError* error = nullptr;
  gchar* debug = nullptr;
  gst_message_parse_error(message, &error, &debug);
  std::string text = error != nullptr ? error->message : "unknown error";
  const bool is_missing =
      error != nullptr && error->domain == GST_RESOURCE_ERROR && error->code == GST_RESOURCE_ERROR_NOT_FOUND;
  const bool is_unsupported =
      error != nullptr && (error->domain == GST_STREAM_ERROR || error->domain == GST_CORE_ERROR);
  if (error != nullptr) g_error_free(error);
  g_free(debug);
  if (is_missing) return VERGE_ERROR(kNotFound, text);
  if (is_unsupported) return VERGE_ERROR(kUnsupported, text);
  return VERGE_ERROR(kUnavailable, text);
}

bool IsUri(const std::string& text) { return gst_uri_is_valid(text.c_str()) == TRUE; }

// The part of the launch line before the converter.
std::string Head(const GstStream::Options& options) {
  if (!options.launch.empty()) return options.launch;
  return IsUri(options.uri) ? "uridecodebin name=source" : "filesrc name=source ! decodebin";
}

}  // namespace

Status StartGstreamer() {
  static std::once_flag once;
  static std::string failure;
  std::call_once(once, [] {
    GError* error = nullptr;
    // The registry is scanned in this process: a helper process would need rights that a sandbox does not have.
    gst_registry_fork_set_enabled(FALSE);
    if (gst_init_check(nullptr, nullptr, &error) != TRUE)
      failure = error != nullptr ? error->message : "unknown reason";
    if (error != nullptr) g_error_free(error);
  });
  if (!failure.empty()) return VERGE_ERROR(kFailedPrecondition, "GStreamer does not start: " + failure);
  return Status::Ok();
}

struct GstStream::Impl {
  Owned<GstElement> pipeline;
  Owned<GstElement> sink;
  Owned<GstBus> bus;
  bool is_live = false;
  int64_t first_us = -1;  // time stamp of the first picture
  int64_t last_us = 0;

  ~Impl() {
    if (pipeline != nullptr) gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  }
  Status TakeError() const {
    const Owned<GstMessage> message(gst_bus_pop_filtered(bus.get(), GST_MESSAGE_ERROR));
    return message != nullptr ? ErrorOf(message.get()) : Status::Ok();
  }
  Status Start();
  Status Copy(GstSample* sample, int64_t due_us, GstPicture& picture);
};

Status GstStream::Impl::Start() {
  const GstStateChangeReturn change = gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  is_live = change == GST_STATE_CHANGE_NO_PREROLL;
  if (change == GST_STATE_CHANGE_ASYNC) {
    const GstStateChangeReturn done = gst_element_get_state(pipeline.get(), nullptr, nullptr, kOpenTimeout);
    is_live = done == GST_STATE_CHANGE_NO_PREROLL;
    VERGE_TRY(TakeError());
    if (done == GST_STATE_CHANGE_ASYNC)
      return VERGE_ERROR(kDeadline, "no picture after 20 s; is there a video stream?");
    if (done == GST_STATE_CHANGE_FAILURE) return VERGE_ERROR(kUnavailable, "the stream cannot be started");
  }
  VERGE_TRY(TakeError());
  if (change == GST_STATE_CHANGE_FAILURE) return VERGE_ERROR(kUnavailable, "the stream cannot be started");
  if (is_live) {
    gst_app_sink_set_max_buffers(GST_APP_SINK(sink.get()), 1);
    gst_app_sink_set_drop(GST_APP_SINK(sink.get()), TRUE);
  }
  return Status::Ok();
}

GstStream::GstStream() : impl_(std::make_unique<Impl>()) {}
GstStream::~GstStream() = default;

bool GstStream::is_live() const { return impl_->is_live; }

Result<std::unique_ptr<GstStream>> GstStream::Open(const Options& options) {
  VERGE_TRY(StartGstreamer());
  if (options.launch.empty() && !IsUri(options.uri)) {
    std::error_code error;
    if (!std::filesystem::exists(options.uri, error)) return VERGE_ERROR(kNotFound, options.uri + ": no such file");
    if (!std::filesystem::is_regular_file(options.uri, error))
      return VERGE_ERROR(kInvalidArgument, options.uri + ": is not a file");
  }
  std::unique_ptr<GstStream> stream(new GstStream());
  Impl& impl = *stream->impl_;
  const std::string line =
      Head(options) + " ! videoconvert ! video/x-raw,format=RGB ! appsink name=verge_out sync=false max-buffers=2";
  GError* error = nullptr;
  impl.pipeline.reset(gst_parse_launch(line.c_str(), &error));
  if (error != nullptr) {
    const std::string text = error->message;
    g_error_free(error);
    return VERGE_ERROR(kInvalidArgument, "GStreamer: " + text);
  }
  impl.sink.reset(gst_bin_get_by_name(GST_BIN(impl.pipeline.get()), "verge_out"));
  impl.bus.reset(gst_element_get_bus(impl.pipeline.get()));
  if (options.launch.empty()) {
    // As a property, so that nothing in the name can change the pipeline.
    const Owned<GstElement> source(gst_bin_get_by_name(GST_BIN(impl.pipeline.get()), "source"));
    g_object_set(source.get(), IsUri(options.uri) ? "uri" : "location", options.uri.c_str(), nullptr);
  }
  VERGE_TRY(impl.Start());
  return stream;
}

Status GstStream::Impl::Copy(GstSample* sample, int64_t due_us, GstPicture& picture) {
  GstBuffer* buffer = gst_sample_get_buffer(sample);
  GstVideoInfo info;
  if (buffer == nullptr || gst_video_info_from_caps(&info, gst_sample_get_caps(sample)) != TRUE) {
    return VERGE_ERROR(kUnsupported, "the stream gave something that is no picture");
  }
  const GstClockTime pts =
      gst_segment_to_stream_time(gst_sample_get_segment(sample), GST_FORMAT_TIME, GST_BUFFER_PTS(buffer));
  const bool has_duration = GST_BUFFER_DURATION_IS_VALID(buffer);
  const int64_t rate_us = info.fps_n > 0 ? int64_t{1000000} * info.fps_d / info.fps_n : 0;
  picture.duration_us = has_duration ? static_cast<int64_t>(GST_BUFFER_DURATION(buffer) / GST_USECOND) : rate_us;
  int64_t stamp_us =
      GST_CLOCK_TIME_IS_VALID(pts) ? static_cast<int64_t>(pts / GST_USECOND) : last_us + picture.duration_us;
  if (first_us < 0) first_us = stamp_us;
  stamp_us = std::max(stamp_us, last_us);  // a stream whose stamps go back must not turn time back
  last_us = stamp_us;
  picture.time_us = stamp_us - first_us;
  picture.image = {};
  if (picture.time_us < due_us) return Status::Ok();
  const int width = GST_VIDEO_INFO_WIDTH(&info);
  const int height = GST_VIDEO_INFO_HEIGHT(&info);
  if (width < 1 || height < 1 || width > media::kMaxImageSide || height > media::kMaxImageSide ||
      static_cast<size_t>(width) * static_cast<size_t>(height) > media::kMaxImagePixels) {
    return VERGE_ERROR(kResourceExhausted,
                       "pictures of " + std::to_string(width) + "x" + std::to_string(height) + " are too large");
  }
  GstVideoFrame frame;
  if (gst_video_frame_map(&frame, &info, buffer, GST_MAP_READ) != TRUE)
    return VERGE_ERROR(kUnavailable, "a picture cannot be read");
  picture.image.width = width;
  picture.image.height = height;
  const size_t row_bytes = 3 * static_cast<size_t>(width);
  picture.image.rgb.resize(row_bytes * static_cast<size_t>(height));
  const auto* from = static_cast<const uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&frame, 0));
  const auto stride = static_cast<size_t>(GST_VIDEO_FRAME_PLANE_STRIDE(&frame, 0));
  for (size_t row = 0; row < static_cast<size_t>(height); ++row) {
    std::memcpy(picture.image.rgb.data() + row * row_bytes, from + row * stride, row_bytes);
  }
  gst_video_frame_unmap(&frame);
  return Status::Ok();
}

Result<GstStream::Got> GstStream::Pull(int timeout_ms, int64_t due_us, GstPicture& picture) {
  GstAppSink* sink = GST_APP_SINK(impl_->sink.get());
  const Owned<GstSample> sample(
      gst_app_sink_try_pull_sample(sink, static_cast<GstClockTime>(timeout_ms) * GST_MSECOND));
  if (sample == nullptr) {
    VERGE_TRY(impl_->TakeError());
    return gst_app_sink_is_eos(sink) == TRUE ? Got::kEnd : Got::kTimeout;
  }
  VERGE_TRY(impl_->Copy(sample.get(), due_us, picture));
  return Got::kPicture;
}

Status GstStream::Rewind() {
  const auto flags = static_cast<GstSeekFlags>(GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_KEY_UNIT);
  if (gst_element_seek_simple(impl_->pipeline.get(), GST_FORMAT_TIME, flags, 0) != TRUE) {
    return VERGE_ERROR(kUnsupported, "this stream cannot be played again from its beginning (loop)");
  }
  impl_->first_us = -1;
  impl_->last_us = 0;
  return Status::Ok();
}

}  // namespace verge::runner::pipeline
