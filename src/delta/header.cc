#include "delta/header.h"

#include "base/checked.h"
#include "sys/crypto/hash.h"

namespace verge::delta {
namespace {

constexpr std::string_view kMagic = "VGDL";
constexpr uint8_t kVersion = 1;

void PutU64(std::string& out, uint64_t value) {
  for (int i = 0; i < 8; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
}

uint64_t GetU64(std::string_view bytes, size_t at) {
  uint64_t value = 0;
  for (size_t i = 0; i < 8; ++i) value |= uint64_t{static_cast<uint8_t>(bytes[at + i])} << (8 * i);
  return value;
}

void PutDigest(std::string& out, std::string_view bytes) {
  const sys::Sha256Digest digest = sys::Sha256Of(bytes);
  out.append(reinterpret_cast<const char*>(digest.data()), digest.size());
}

std::string GetDigest(std::string_view bytes, size_t at) {
  sys::Sha256Digest digest;
  for (size_t i = 0; i < digest.size(); ++i) digest[i] = static_cast<uint8_t>(bytes[at + i]);
  return sys::DigestName(digest);
}

}  // namespace

const char* MethodName(Method method) {
  switch (method) {
    case Method::kFull: return "full";
    case Method::kPrefix: return "prefix";
    case Method::kBytes: return "bytes";
    case Method::kTensors: return "tensors";
  }
  return "unknown";
}

std::string WriteHeader(Method method, std::string_view base, std::string_view target) {
  std::string out(kMagic);
  out.push_back(static_cast<char>(kVersion));
  out.push_back(static_cast<char>(method));
  out.append(2, '\0');
  PutU64(out, base.size());
  PutU64(out, target.size());
  PutDigest(out, base);
  PutDigest(out, target);
  return out;
}

Result<Info> ReadInfo(std::string_view delta) {
  if (delta.size() < kHeaderBytes || !delta.starts_with(kMagic)) return VERGE_ERROR(kDataLoss, "not a delta of Verge");
  if (static_cast<uint8_t>(delta[4]) != kVersion) {
    return VERGE_ERROR(kUnsupported, "the delta has format " + std::to_string(static_cast<uint8_t>(delta[4])) +
                                         ", this build knows 1");
  }
  if (static_cast<uint8_t>(delta[5]) >= kMethods) return VERGE_ERROR(kUnsupported, "the delta has an unknown method");
  if (delta[6] != 0 || delta[7] != 0) return VERGE_ERROR(kDataLoss, "the delta's reserved bytes are not 0");
  Info info;
  info.method = static_cast<Method>(delta[5]);
  info.base_bytes = GetU64(delta, 8);
  info.target_bytes = GetU64(delta, 16);
  if (info.base_bytes > kMaxFileBytes || info.target_bytes > kMaxFileBytes) {
    return VERGE_ERROR(kDataLoss, "the delta is for files larger than 2 GiB");
  }
  info.base_digest = GetDigest(delta, 24);
  info.target_digest = GetDigest(delta, 56);
  return info;
}

std::string WriteTable(const StreamTable& table) {
  std::string out;
  for (const StreamEntry& entry : table) {
    out.push_back(static_cast<char>(entry.codec));
    PutU64(out, entry.raw_bytes);
    PutU64(out, entry.stored_bytes);
  }
  return out;
}

Result<StreamTable> ReadTable(std::string_view delta, const Info& info) {
  if (delta.size() < kHeaderBytes + kStreams * kStreamEntryBytes) {
    return VERGE_ERROR(kDataLoss, "the delta ends in its table of streams");
  }
  // An instruction makes at least one byte and takes at most 16: kind, length, offset.
  const uint64_t max_raw = info.target_bytes * 16;
  StreamTable table;
  uint64_t rest = delta.size() - kHeaderBytes - kStreams * kStreamEntryBytes;
  for (size_t i = 0; i < kStreams; ++i) {
    const size_t at = kHeaderBytes + i * kStreamEntryBytes;
    StreamEntry& entry = table[i];
    if (static_cast<uint8_t>(delta[at]) >= kCodecs) return VERGE_ERROR(kUnsupported, "a stream has an unknown codec");
    entry.codec = static_cast<Codec>(delta[at]);
    entry.raw_bytes = GetU64(delta, at + 1);
    entry.stored_bytes = GetU64(delta, at + 9);
    const bool is_raw_right = entry.codec != Codec::kRaw || entry.raw_bytes == entry.stored_bytes;
    const bool is_within =
        entry.stored_bytes <= rest && entry.raw_bytes <= (i == kControl ? max_raw : info.target_bytes);
    if (!is_raw_right || !is_within) {
      return VERGE_ERROR(kDataLoss, "stream " + std::to_string(i) + " of the delta has an impossible size");
    }
    rest -= entry.stored_bytes;
  }
  if (rest != 0) return VERGE_ERROR(kDataLoss, "the delta has bytes after its last stream");
  return table;
}

}  // namespace verge::delta
