#include "runner/pipeline/recording.h"

#include <algorithm>
#include <cmath>

#include "runner/pipeline/recording_bytes.h"

namespace verge::runner::pipeline {
namespace {

constexpr std::string_view kMagic = "VRGREC1\n";
constexpr size_t kMaxChannels = 4096;
enum class RecordType : uint8_t { kStream = 1, kPacket = 2, kEnd = 3 };

Status Damaged(size_t offset, std::string_view what) {
  return VERGE_ERROR(kDataLoss,
                     "the recording is damaged at byte " + std::to_string(offset) + ": " + std::string(what));
}

void WritePayload(ByteWriter& out, PortKind kind, const Packet& packet) {
  switch (kind) {
    case PortKind::kFrames:
      out.Number(static_cast<uint32_t>(packet.image->width));
      out.Number(static_cast<uint32_t>(packet.image->height));
      out.Numbers(std::span<const uint8_t>(packet.image->rgb));
      return;
    case PortKind::kSamples:
      out.Number(static_cast<uint32_t>(packet.samples->rows()));
      out.Numbers(std::span<const int64_t>(packet.samples->times_us));
      out.Numbers(std::span<const double>(packet.samples->values));
      return;
    default: break;
  }
  out.Number(static_cast<uint32_t>(packet.objects.size()));
  for (const Object& object : packet.objects) {
    out.Text(object.label);
    out.Number(object.score);
    out.Number(object.box);
    out.Number(object.track);
    out.Number(object.first_seen_us);
  }
}

bool ReadFrame(ByteReader& in, Packet& packet) {
  const auto width = in.Number<uint32_t>();
  const auto height = in.Number<uint32_t>();
  if (in.is_bad() || width == 0 || height == 0 || width > media::kMaxImageSide || height > media::kMaxImageSide)
    return false;
  const size_t size = size_t{3} * width * height;
  if (size != in.left()) return false;
  media::Image image{static_cast<int>(width), static_cast<int>(height), std::vector<uint8_t>(size)};
  in.Numbers(std::span<uint8_t>(image.rgb));
  packet.image = std::make_shared<const media::Image>(std::move(image));
  return true;
}

bool ReadSamples(ByteReader& in, size_t channels, Packet& packet) {
  const size_t rows = in.Number<uint32_t>();
  if (in.is_bad() || in.left() != rows * (channels + 1) * sizeof(double)) return false;
  Samples samples;
  samples.times_us.resize(rows);
  samples.values.resize(rows * channels);
  in.Numbers(std::span<int64_t>(samples.times_us));
  in.Numbers(std::span<double>(samples.values));
  if (!std::is_sorted(samples.times_us.begin(), samples.times_us.end())) return false;
  packet.samples = std::make_shared<const Samples>(std::move(samples));
  return true;
}

bool ReadObjects(ByteReader& in, Packet& packet) {
  constexpr size_t kLeastBytes = 34;  // of an object without a label
  const size_t count = in.Number<uint32_t>();
  if (in.is_bad() || count > in.left() / kLeastBytes) return false;
  for (size_t i = 0; i < count; ++i) {
    Object& object = packet.objects.emplace_back();
    object.label = in.Text();
    object.score = in.Number<float>();
    object.box = in.Number<Box>();
    object.track = in.Number<uint32_t>();
    object.first_seen_us = in.Number<int64_t>();
    const Box& b = object.box;
    for (const float value : {object.score, b.x0, b.y0, b.x1, b.y1}) {
      if (!std::isfinite(value)) return false;
    }
  }
  return true;
}

// The body of a packet record behind its stream number.
bool ReadPacket(ByteReader& in, const Port& port, Packet& packet) {
  packet = {};
  packet.is_mark = in.Number<uint8_t>() != 0;
  packet.frame = in.Number<int64_t>();
  packet.media_us = in.Number<int64_t>();
  if (in.is_bad() || packet.media_us < 0 || packet.frame < 0) return false;
  if (packet.is_mark) return in.is_whole();
  if (port.kind == PortKind::kFrames) return ReadFrame(in, packet);
  if (port.kind == PortKind::kSamples) return ReadSamples(in, port.channels.size(), packet);
  return ReadObjects(in, packet) && in.is_whole();
}

bool ReadStream(ByteReader& in, RecordedStream& stream) {
  const auto kind = in.Number<uint8_t>();
  stream.port.rate_hz = in.Number<double>();
  stream.id = in.Text();
  const size_t count = in.Number<uint16_t>();
  if (in.is_bad() || kind > static_cast<uint8_t>(PortKind::kFirings) || count > kMaxChannels) return false;
  stream.port.kind = static_cast<PortKind>(kind);
  for (size_t i = 0; i < count; ++i) stream.port.channels.push_back(in.Text());
  return in.is_whole() && IsRecordable(stream.port.kind) && std::isfinite(stream.port.rate_hz);
}

}  // namespace

bool IsRecordable(PortKind kind) { return kind != PortKind::kTensors && kind != PortKind::kFirings; }

Result<std::unique_ptr<RecordingWriter>> RecordingWriter::Create(const std::string& path, int64_t start_ms) {
  VERGE_TRY_ASSIGN(sys::OutputFile file, sys::OutputFile::Open(path, true));
  std::unique_ptr<RecordingWriter> writer(new RecordingWriter(std::move(file)));
  ByteWriter head;
  head.Number(start_ms);
  VERGE_TRY(writer->file_.Write(std::string(kMagic) + head.bytes()));
  return writer;
}

Status RecordingWriter::Begin(std::vector<RecordedStream> streams) {
  streams_ = std::move(streams);
  for (const RecordedStream& stream : streams_) {
    ByteWriter out;
    out.Number(static_cast<uint8_t>(RecordType::kStream));
    out.Number(static_cast<uint8_t>(stream.port.kind));
    out.Number(stream.port.rate_hz);
    out.Text(stream.id);
    out.Number(static_cast<uint16_t>(stream.port.channels.size()));
    for (const std::string& channel : stream.port.channels) out.Text(channel);
    VERGE_TRY(Write(out.bytes()));
  }
  return Status::Ok();
}

Status RecordingWriter::Write(const std::string& record) {
  if (record.size() > kMaxRecordBytes)
    return VERGE_ERROR(kResourceExhausted, "one packet is larger than " + std::to_string(kMaxRecordBytes) + " bytes");
  ByteWriter size;
  size.Number(static_cast<uint32_t>(record.size()));
  VERGE_TRY(file_.Write(size.bytes()));
  return file_.Write(record);
}

Status RecordingWriter::Take(const std::string& element, const Packet& packet) {
  const auto found = std::find_if(streams_.begin(), streams_.end(),
                                  [&](const RecordedStream& stream) { return stream.id == element; });
  ByteWriter out;
  out.Number(static_cast<uint8_t>(RecordType::kPacket));
  out.Number(static_cast<uint16_t>(found - streams_.begin()));
  out.Number(static_cast<uint8_t>(packet.is_mark ? 1 : 0));
  out.Number(packet.frame);
  out.Number(packet.media_us);
  if (!packet.is_mark) WritePayload(out, found->port.kind, packet);
  ++packets_;
  return Write(out.bytes());
}

Status RecordingWriter::Finish() {
  ByteWriter out;
  out.Number(static_cast<uint8_t>(RecordType::kEnd));
  out.Number(packets_);
  VERGE_TRY(Write(out.bytes()));
  return file_.Sync();
}

Result<Recording> Recording::Open(std::span<const std::byte> bytes) {
  Recording recording;
  recording.bytes_ = bytes;
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.starts_with("VRGREC") && !text.starts_with(kMagic))
    return VERGE_ERROR(kUnsupported, "a recording of another version; this program reads version 1");
  if (!text.starts_with(kMagic) || bytes.size() < kMagic.size() + sizeof(int64_t))
    return VERGE_ERROR(kDataLoss, "this is no recording; `verge pipeline record` makes one");
  recording.start_ms_ = ByteReader(bytes.subspan(kMagic.size())).Number<int64_t>();
  size_t at = kMagic.size() + sizeof(int64_t);
  while (at < bytes.size()) {
    ByteReader head(bytes.subspan(at));
    const size_t size = head.Number<uint32_t>();
    if (head.is_bad() || size > head.left())
      return VERGE_ERROR(kDataLoss, "the recording was cut off at byte " + std::to_string(bytes.size()));
    ByteReader in(bytes.subspan(at + sizeof(uint32_t), size));
    const auto type = static_cast<RecordType>(in.Number<uint8_t>());
    if (type == RecordType::kStream) {
      RecordedStream stream;
      if (!ReadStream(in, stream) || recording.streams_.size() == kMaxStreams) return Damaged(at, "a stream");
      recording.streams_.push_back(std::move(stream));
    } else if (type == RecordType::kPacket) {
      const size_t index = in.Number<uint16_t>();
      Packet packet;
      if (index >= recording.streams_.size() || !ReadPacket(in, recording.streams_[index].port, packet))
        return Damaged(at, "a packet");
      recording.entries_.push_back({index, at + sizeof(uint32_t), size});
      ++recording.packets_;
    } else if (type == RecordType::kEnd) {
      const bool is_last = at + sizeof(uint32_t) + size == bytes.size();
      if (in.Number<uint64_t>() != recording.packets_ || !in.is_whole() || !is_last) return Damaged(at, "its end");
      return recording;
    } else {
      return Damaged(at, "a record of no known type");
    }
    at += sizeof(uint32_t) + size;
  }
  return VERGE_ERROR(kDataLoss, "the recording was cut off at byte " + std::to_string(bytes.size()));
}

const RecordedStream* Recording::Find(std::string_view id) const {
  const auto found =
      std::find_if(streams_.begin(), streams_.end(), [&](const RecordedStream& s) { return s.id == id; });
  return found == streams_.end() ? nullptr : &*found;
}

Recording::Cursor Recording::Read(std::string_view id) const {
  return {*this, static_cast<size_t>(Find(id) - streams_.data())};
}

Result<bool> Recording::Cursor::Next(Packet& packet) {
  while (at_ < recording_->entries_.size() && recording_->entries_[at_].stream != stream_) ++at_;
  if (at_ == recording_->entries_.size()) return false;
  const Entry& entry = recording_->entries_[at_++];
  constexpr size_t kHeadBytes = sizeof(uint8_t) + sizeof(uint16_t);
  ByteReader in(recording_->bytes_.subspan(entry.offset + kHeadBytes, entry.size - kHeadBytes));
  if (!ReadPacket(in, recording_->streams_[stream_].port, packet))
    return VERGE_ERROR(kDataLoss, "the recording changed while it was read");
  return true;
}

}  // namespace verge::runner::pipeline
