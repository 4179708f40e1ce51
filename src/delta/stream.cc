#include "delta/stream.h"

#include <zstd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace verge::delta {
namespace {

constexpr int kLevel = 19;

struct FreeContext {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

Status Damaged(size_t code) {
  return VERGE_ERROR(kDataLoss, std::string("the delta's compressed bytes are damaged: ") + ZSTD_getErrorName(code));
}

}  // namespace

struct ZstdDecoder::State {
  std::unique_ptr<ZSTD_DCtx, FreeContext> context;
  ZSTD_inBuffer in{};
  bool has_ended = false;
};

ZstdDecoder::ZstdDecoder(std::unique_ptr<State> state) : state_(std::move(state)) {}
ZstdDecoder::~ZstdDecoder() = default;

Result<std::unique_ptr<ZstdDecoder>> ZstdDecoder::Open(std::string_view frame, std::string_view prefix,
                                                       int window_log) {
  auto state = std::make_unique<State>();
  state->context.reset(ZSTD_createDCtx());
  if (!state->context) return VERGE_ERROR(kResourceExhausted, "no memory for zstd");
  size_t code = ZSTD_DCtx_setParameter(state->context.get(), ZSTD_d_windowLogMax, window_log);
  if (!ZSTD_isError(code) && !prefix.empty()) {
    code = ZSTD_DCtx_refPrefix(state->context.get(), prefix.data(), prefix.size());
  }
  if (ZSTD_isError(code)) return VERGE_ERROR(kInternal, ZSTD_getErrorName(code));
  state->in = {frame.data(), frame.size(), 0};
  return std::unique_ptr<ZstdDecoder>(new ZstdDecoder(std::move(state)));
}

Status ZstdDecoder::Read(std::span<char> out) {
  ZSTD_outBuffer to{out.data(), out.size(), 0};
  while (to.pos < to.size) {
    if (state_->has_ended) return VERGE_ERROR(kDataLoss, "the delta's compressed bytes end too early");
    const size_t in_before = state_->in.pos;
    const size_t out_before = to.pos;
    const size_t code = ZSTD_decompressStream(state_->context.get(), &to, &state_->in);
    if (ZSTD_isError(code)) return Damaged(code);
    state_->has_ended = code == 0;
    if (!state_->has_ended && state_->in.pos == in_before && to.pos == out_before) {
      return VERGE_ERROR(kDataLoss, "the delta's compressed bytes end too early");
    }
  }
  return Status::Ok();
}

Status ZstdDecoder::Finish() {
  std::array<char, 1> none{};
  for (int i = 0; i < 2 && !state_->has_ended; ++i) {  // the end of the frame may stand behind its last byte
    ZSTD_outBuffer to{none.data(), none.size(), 0};
    const size_t code = ZSTD_decompressStream(state_->context.get(), &to, &state_->in);
    if (ZSTD_isError(code)) return Damaged(code);
    if (to.pos != 0) return VERGE_ERROR(kDataLoss, "the delta's compressed bytes hold more than its header says");
    state_->has_ended = code == 0;
  }
  if (state_->has_ended && state_->in.pos == state_->in.size) return Status::Ok();
  return VERGE_ERROR(kDataLoss, "the delta's compressed bytes do not end where they should");
}

Result<std::string> CompressZstd(std::string_view bytes, std::string_view prefix, int window_log) {
  const std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
  if (!context) return VERGE_ERROR(kResourceExhausted, "no memory for zstd");
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  size_t code = ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kLevel);
  if (!ZSTD_isError(code)) code = ZSTD_CCtx_setParameter(context.get(), ZSTD_c_windowLog, window_log);
  if (!ZSTD_isError(code)) code = ZSTD_CCtx_setParameter(context.get(), ZSTD_c_contentSizeFlag, 0);
  if (!ZSTD_isError(code) && !prefix.empty()) {
    code = ZSTD_CCtx_setParameter(context.get(), ZSTD_c_enableLongDistanceMatching, 1);
    if (!ZSTD_isError(code)) code = ZSTD_CCtx_refPrefix(context.get(), prefix.data(), prefix.size());
  }
  if (!ZSTD_isError(code)) code = ZSTD_compress2(context.get(), out.data(), out.size(), bytes.data(), bytes.size());
  if (ZSTD_isError(code)) return VERGE_ERROR(kInternal, std::string("zstd: ") + ZSTD_getErrorName(code));
  out.resize(code);
  return out;
}

Result<EncodedStream> EncodeStream(std::string_view bytes) {
  EncodedStream out{{Codec::kRaw, bytes.size(), bytes.size()}, std::string(bytes)};
  if (bytes.empty()) return out;
  VERGE_TRY_ASSIGN(std::string zstd, CompressZstd(bytes, {}, kStreamWindowLog));
  if (zstd.size() < out.bytes.size()) out = {{Codec::kZstd, bytes.size(), zstd.size()}, std::move(zstd)};
  std::string adaptive = EncodeAdaptive(bytes);
  if (adaptive.size() < out.bytes.size())
    out = {{Codec::kAdaptive, bytes.size(), adaptive.size()}, std::move(adaptive)};
  return out;
}

Result<StreamReader> StreamReader::Open(const StreamEntry& entry, std::string_view stored) {
  StreamReader out;
  out.entry_ = entry;
  out.stored_ = stored;
  if (entry.raw_bytes == 0) return out;
  if (entry.codec == Codec::kZstd) {
    VERGE_TRY_ASSIGN(out.zstd_, ZstdDecoder::Open(stored, {}, kStreamWindowLog));
  } else if (entry.codec == Codec::kAdaptive) {
    out.adaptive_.emplace(stored);
  }
  return out;
}

Status StreamReader::Read(std::span<char> out) {
  if (out.size() > entry_.raw_bytes - read_bytes_) return VERGE_ERROR(kDataLoss, "a stream of the delta is too short");
  if (zstd_) {
    VERGE_TRY(zstd_->Read(out));
  } else if (adaptive_) {
    adaptive_->Read(out);
  } else if (!out.empty()) {
    std::memcpy(out.data(), stored_.data() + read_bytes_, out.size());
  }
  read_bytes_ += out.size();
  return Status::Ok();
}

Status StreamReader::Finish() {
  if (read_bytes_ != entry_.raw_bytes) return VERGE_ERROR(kDataLoss, "a stream of the delta is too long");
  return zstd_ ? zstd_->Finish() : Status::Ok();
}

}  // namespace verge::delta
