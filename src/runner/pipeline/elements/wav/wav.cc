// Source of samples: a WAV file as blocks of sound. Several channels are mixed to one, `sound`, in -1..1.
//
//   file       path; one that app.yaml names under `files` lies in the app's folder
//   rate       how many samples a second the file must have: no element behind this one need guess
//   block      length of a block (default 100ms)
//   realtime   let media time pass as wall time does (default false)
#include <algorithm>

#include "media/wav.h"
#include "runner/pipeline/element.h"
#include "runner/pipeline/pacer.h"
#include "runner/pipeline/services.h"
#include "sys/file/mapped_file.h"

namespace verge::runner::pipeline {
namespace {

class WavSource final : public Source {
 public:
  WavSource(media::Recording recording, size_t block, bool is_realtime)
      : recording_(std::move(recording)), block_(block), is_realtime_(is_realtime) {}

  // A block is known when its last sample is.
  Result<bool> Next(Packet& packet) override {
    if (pacer_.is_stopping() || at_ == recording_.samples.size()) return false;
    const size_t count = std::min(block_, recording_.samples.size() - at_);
    Samples samples;
    for (size_t i = at_; i < at_ + count; ++i) {
      samples.times_us.push_back(TimeUs(i));
      samples.values.push_back(static_cast<double>(recording_.samples[i]));
    }
    at_ += count;
    packet.frame = blocks_++;
    packet.media_us = samples.times_us.back();
    if (is_realtime_ && !pacer_.WaitUntil(packet.media_us)) return false;
    packet.samples = std::make_shared<const Samples>(std::move(samples));
    return true;
  }
  void Stop() override { pacer_.Stop(); }

 private:
  int64_t TimeUs(size_t index) const {
    return static_cast<int64_t>(index) * 1000000 / static_cast<int64_t>(recording_.rate);
  }

  media::Recording recording_;
  size_t block_;
  bool is_realtime_;
  size_t at_ = 0;
  int64_t blocks_ = 0;
  Pacer pacer_;
};

Result<Made> MakeWav(MakeArgs& args) {
  yaml::Fields& f = args.fields;
  VERGE_TRY_ASSIGN(const std::string file, f.String("file"));
  VERGE_TRY_ASSIGN(const int64_t rate, f.Int("rate", {.min = 1000, .max = 384000}));
  VERGE_TRY_ASSIGN(const int64_t block_us, f.DurationUs("block", 100000));
  if (block_us < 1000 || block_us > 60000000) return f.Expected("block", "1ms to 60s");
  VERGE_TRY_ASSIGN(const bool is_realtime, f.Bool("realtime", false));
  Made made;
  made.is_blocking = is_realtime;
  made.output = Port::Of(PortKind::kSamples);
  made.output->channels = {"sound"};
  made.output->rate_hz = static_cast<double>(rate);
  if (!args.services.OpensSources()) return made;
  if (file.empty()) return f.Expected("file", "the path of a WAV file (a parameter may be unset: --param name=value)");
  Result<sys::MappedFile> mapped = sys::MappedFile::Open(args.services.PathOf(file));
  if (!mapped.ok()) return std::move(mapped).status().WithContext(f.PlaceOf("file"));
  Result<media::Recording> recording = media::DecodeWav(mapped->bytes());
  if (!recording.ok()) return std::move(recording).status().WithContext(f.PlaceOf("file") + ": " + file);
  if (recording->rate != static_cast<uint32_t>(rate))
    return f.Expected("rate", "the file's own rate, " + std::to_string(recording->rate));
  const size_t block = static_cast<size_t>(std::max<int64_t>(1, rate * block_us / 1000000));
  made.source = std::make_unique<WavSource>(*std::move(recording), block, is_realtime);
  return made;
}

}  // namespace

ElementType WavElement() { return {"wav", "sound of a file, as samples", {}, MakeWav}; }

}  // namespace verge::runner::pipeline
