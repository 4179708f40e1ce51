#include "sys/crypto/encode.h"

#include <sodium.h>

namespace verge::sys {
namespace {

constexpr int kBase64 = sodium_base64_VARIANT_ORIGINAL;
constexpr int kBase64Url = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

const unsigned char* Raw(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }

std::string Encode(std::string_view bytes, int variant) {
  std::string out(sodium_base64_encoded_len(bytes.size(), variant), '\0');
  sodium_bin2base64(out.data(), out.size(), Raw(bytes), bytes.size(), variant);
  out.pop_back();  // libsodium counts its terminating zero
  return out;
}

Result<std::string> Decode(std::string_view text, int variant, const char* error) {
  std::string out(text.size(), '\0');
  size_t length = 0;
  const char* end = nullptr;
  const int failed = sodium_base642bin(reinterpret_cast<unsigned char*>(out.data()), out.size(), text.data(),
                                       text.size(), nullptr, &length, &end, variant);
  if (failed != 0 || end != text.data() + text.size())
    return Status(StatusCode::kInvalidArgument, error, __FILE__, __LINE__);
  out.resize(length);
  return out;
}

}  // namespace

std::string HexEncode(std::string_view bytes) {
  std::string out(bytes.size() * 2 + 1, '\0');
  sodium_bin2hex(out.data(), out.size(), Raw(bytes), bytes.size());
  out.pop_back();
  return out;
}

Result<std::string> HexDecode(std::string_view text) {
  if (text.size() % 2 != 0 || text.find_first_not_of("0123456789abcdef") != std::string_view::npos) {
    return VERGE_ERROR(kInvalidArgument, "not lower-case hexadecimal");
  }
  std::string out(text.size() / 2, '\0');
  size_t length = 0;
  sodium_hex2bin(reinterpret_cast<unsigned char*>(out.data()), out.size(), text.data(), text.size(), nullptr, &length,
                 nullptr);
  return out;
}

std::string Base64Encode(std::string_view bytes) { return Encode(bytes, kBase64); }
Result<std::string> Base64Decode(std::string_view text) { return Decode(text, kBase64, "not valid base64"); }
std::string Base64UrlEncode(std::string_view bytes) { return Encode(bytes, kBase64Url); }
Result<std::string> Base64UrlDecode(std::string_view text) { return Decode(text, kBase64Url, "not valid base64url"); }

}  // namespace verge::sys
