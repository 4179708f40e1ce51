// ECDSA over P-256 with SHA-256, signatures in DER form: what other TUF repositories and security tokens use.
#pragma once

#include <string_view>

namespace verge::sys {

// False for a wrong signature and for a key that is no P-256 public key (PEM, SubjectPublicKeyInfo).
bool EcdsaP256Verify(std::string_view public_key_pem, std::string_view message, std::string_view signature);

}  // namespace verge::sys
