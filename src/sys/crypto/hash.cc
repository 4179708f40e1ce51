#include "sys/crypto/hash.h"

#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#include <cerrno>
#include <new>
#include <vector>

#include "sys/crypto/encode.h"
#include "sys/file/file.h"
#include "sys/file/unique_fd.h"

namespace verge::sys {
namespace {

using State = crypto_hash_sha256_state;
static_assert(sizeof(State) <= 128 && alignof(State) <= 8);

const unsigned char* Raw(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }

constexpr std::string_view kPrefix = "sha256:";

}  // namespace

Sha256::Sha256() { crypto_hash_sha256_init(new (state_.data()) State); }

void Sha256::Update(std::string_view bytes) {
  crypto_hash_sha256_update(std::launder(reinterpret_cast<State*>(state_.data())), Raw(bytes), bytes.size());
}

Sha256Digest Sha256::Finish() {
  Sha256Digest out{};
  crypto_hash_sha256_final(std::launder(reinterpret_cast<State*>(state_.data())), out.data());
  return out;
}

Sha256Digest Sha256Of(std::string_view bytes) {
  Sha256 hash;
  hash.Update(bytes);
  return hash.Finish();
}

std::string DigestHex(const Sha256Digest& digest) {
  return HexEncode({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

std::string Sha256Hex(std::string_view bytes) { return DigestHex(Sha256Of(bytes)); }
std::string DigestName(const Sha256Digest& digest) { return std::string(kPrefix) + DigestHex(digest); }
std::string DigestNameOf(std::string_view bytes) { return DigestName(Sha256Of(bytes)); }

bool IsDigestName(std::string_view text) {
  return text.size() == kPrefix.size() + 2 * kSha256Bytes && text.starts_with(kPrefix) &&
         text.find_first_not_of("0123456789abcdef", kPrefix.size()) == std::string_view::npos;
}

Result<std::string> DigestNameOfFile(const std::string& path) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return ErrnoStatus(errno, path, "open");
  std::vector<char> buffer(256UL * 1024);
  Sha256 hash;
  while (true) {
    const ssize_t n = read(fd.get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoStatus(errno, path, "read");
    if (n == 0) return DigestName(hash.Finish());
    hash.Update({buffer.data(), static_cast<size_t>(n)});
  }
}

}  // namespace verge::sys
