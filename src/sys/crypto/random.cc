#include "sys/crypto/random.h"

#include <sodium.h>

#include <cstdlib>

#include "sys/crypto/sodium_init.h"

namespace verge::sys {

void EnsureSodium() {
  if (sodium_init() < 0) std::abort();
}

std::string RandomBytes(size_t count) {
  EnsureSodium();
  std::string out(count, '\0');
  randombytes_buf(out.data(), out.size());
  return out;
}

unsigned RandomBelow(unsigned bound) {
  EnsureSodium();
  return randombytes_uniform(bound);
}

bool ConstantTimeEqual(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace verge::sys
