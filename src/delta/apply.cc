#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "base/checked.h"
#include "delta/delta.h"
#include "delta/header.h"
#include "delta/stream.h"
#include "sys/crypto/hash.h"

namespace verge::delta {
namespace {

constexpr size_t kPieceBytes = size_t{64} << 10;  // a multiple of every element width

// Passes the target on and remembers how much of it there is and what it hashes to.
class Output {
 public:
  explicit Output(const Sink& sink) : sink_(sink) {}
  Status Write(std::string_view bytes) {
    hash_.Update(bytes);
    return sink_(bytes);
  }
  std::string Digest() { return sys::DigestName(hash_.Finish()); }

 private:
  const Sink& sink_;
  sys::Sha256 hash_;
};

Status ApplyFrame(std::string_view prefix, std::string_view frame, int window_log, uint64_t target_bytes,
                  Output& output) {
  VERGE_TRY_ASSIGN(const std::unique_ptr<ZstdDecoder> decoder, ZstdDecoder::Open(frame, prefix, window_log));
  std::vector<char> piece(kPieceBytes);
  for (uint64_t rest = target_bytes; rest > 0;) {
    const auto now = static_cast<size_t>(std::min<uint64_t>(rest, kPieceBytes));
    VERGE_TRY(decoder->Read({piece.data(), now}));
    VERGE_TRY(output.Write({piece.data(), now}));
    rest -= now;
  }
  return decoder->Finish();
}

struct Instruction {
  Action action = Action::kLiteral;
  uint64_t bytes = 0;
  uint64_t base_offset = 0;
};

class Instructions {
 public:
  Instructions(std::string_view base, uint64_t target_bytes, Output& output)
      : base_(base), rest_(target_bytes), output_(output) {}

  Status Open(std::string_view delta, const StreamTable& table) {
    size_t at = kHeaderBytes + kStreams * kStreamEntryBytes;
    for (const StreamEntry& entry : table) {
      VERGE_TRY_ASSIGN(StreamReader reader, StreamReader::Open(entry, delta.substr(at, entry.stored_bytes)));
      streams_.push_back(std::move(reader));
      at += entry.stored_bytes;
    }
    return Status::Ok();
  }

  Status Run() {
    while (rest_ > 0) {
      VERGE_TRY_ASSIGN(const Instruction instruction, Next());
      VERGE_TRY(Do(instruction));
      rest_ -= instruction.bytes;
    }
    for (StreamReader& stream : streams_) VERGE_TRY(stream.Finish());
    return Status::Ok();
  }

 private:
  Result<uint64_t> Number() {
    uint64_t value = 0;
    for (int shift = 0; shift < 63; shift += 7) {
      char c = 0;
      VERGE_TRY(streams_[kControl].Read({&c, 1}));
      value |= uint64_t{static_cast<uint8_t>(c) & 0x7fU} << shift;
      if ((static_cast<uint8_t>(c) & 0x80U) == 0) return value;
    }
    return VERGE_ERROR(kDataLoss, "the delta holds a number that is too long");
  }

  Result<Instruction> Next() {
    char c = 0;
    VERGE_TRY(streams_[kControl].Read({&c, 1}));
    if (static_cast<uint8_t>(c) >= kActions) return VERGE_ERROR(kDataLoss, "the delta has an unknown instruction");
    Instruction out;
    out.action = static_cast<Action>(c);
    VERGE_TRY_ASSIGN(out.bytes, Number());
    if (out.bytes == 0 || out.bytes > rest_ || out.bytes % WidthOf(out.action) != 0) {
      return VERGE_ERROR(kDataLoss, "the delta has an instruction of an impossible length");
    }
    if (out.action == Action::kLiteral) return out;
    VERGE_TRY_ASSIGN(const uint64_t step, Number());
    // The sum wraps for hostile numbers; what comes out is checked.
    out.base_offset = expected_ + static_cast<uint64_t>(UnZigZag(step));
    if (!RangeFits(out.base_offset, out.bytes, base_.size())) {
      return VERGE_ERROR(kDataLoss, "the delta has an instruction outside of its base");
    }
    expected_ = out.base_offset + out.bytes;
    return out;
  }

  Status Do(const Instruction& instruction) {
    for (uint64_t done = 0; done < instruction.bytes;) {
      const auto now = static_cast<size_t>(std::min<uint64_t>(instruction.bytes - done, kPieceBytes));
      const std::span<char> out(piece_.data(), now);
      if (instruction.action == Action::kLiteral) {
        VERGE_TRY(streams_[kLiterals].Read(out));
      } else if (instruction.action == Action::kCopy) {
        std::memcpy(out.data(), base_.data() + instruction.base_offset + done, now);
      } else {
        VERGE_TRY(Difference(instruction.action, base_.substr(instruction.base_offset + done, now), out));
      }
      VERGE_TRY(output_.Write({out.data(), out.size()}));
      done += now;
    }
    return Status::Ok();
  }

  Status Difference(Action action, std::string_view base, std::span<char> out) {
    const unsigned width = WidthOf(action);
    const size_t count = out.size() / width;
    const bool is_xor = action == Action::kXor2 || action == Action::kXor4;
    for (unsigned plane = 0; plane < width; ++plane) {
      const std::span<char> bytes(planes_.data() + plane * (kPieceBytes / width), count);
      VERGE_TRY(streams_[PlaneOf(action) + plane].Read(bytes));
    }
    for (size_t i = 0; i < count; ++i) {
      uint32_t old = 0;
      uint32_t difference = 0;
      for (unsigned k = 0; k < width; ++k) {
        old |= uint32_t{static_cast<uint8_t>(base[i * width + k])} << (8 * k);
        difference |= uint32_t{static_cast<uint8_t>(planes_[k * (kPieceBytes / width) + i])} << (8 * k);
      }
      const uint32_t value = is_xor ? old ^ difference : old + ((difference >> 1) ^ (0U - (difference & 1)));
      for (unsigned k = 0; k < width; ++k) out[i * width + k] = static_cast<char>(value >> (8 * k));
    }
    return Status::Ok();
  }

  std::string_view base_;
  uint64_t rest_;
  Output& output_;
  std::vector<StreamReader> streams_;
  uint64_t expected_ = 0;
  std::vector<char> piece_ = std::vector<char>(kPieceBytes);
  std::vector<char> planes_ = std::vector<char>(kPieceBytes);
};

}  // namespace

Status Apply(std::string_view base, std::string_view delta, const Sink& sink) {
  VERGE_TRY_ASSIGN(const Info info, ReadInfo(delta));
  if (info.base_bytes != base.size()) {
    return VERGE_ERROR(kDataLoss, "the delta is for a base of " + std::to_string(info.base_bytes) + " bytes, not of " +
                                      std::to_string(base.size()));
  }
  Output output(sink);
  const std::string_view body = delta.substr(kHeaderBytes);
  if (info.method == Method::kFull) {
    VERGE_TRY(ApplyFrame({}, body, kFullWindowLog, info.target_bytes, output));
  } else if (info.method == Method::kPrefix) {
    VERGE_TRY(ApplyFrame(base, body, kPrefixWindowLog, info.target_bytes, output));
  } else {
    VERGE_TRY_ASSIGN(const StreamTable table, ReadTable(delta, info));
    Instructions instructions(base, info.target_bytes, output);
    VERGE_TRY(instructions.Open(delta, table));
    VERGE_TRY(instructions.Run());
  }
  if (output.Digest() == info.target_digest) return Status::Ok();
  return VERGE_ERROR(kDataLoss, "the delta gives other bytes than its header names: the base is not the right one");
}

}  // namespace verge::delta
