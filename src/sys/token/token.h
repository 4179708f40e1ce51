// Ed25519 keys inside a security token (smart card, HSM, SoftHSM), through the PKCS#11 module of its maker.
//
// A key is named by a URI after RFC 7512:
// pkcs11:token=publisher;object=root?module-path=/usr/lib/softhsm/libsofthsm2.so Without module-path the environment
// variable VERGE_PKCS11_MODULE names the module.
//
// Secrets   the private key never leaves the token; the PIN is handed to the module and not kept.
// Threads   one thread at a time; the module is initialised once and stays loaded until the process ends.
// Errors    kInvalidArgument: a URI that is none | kNotFound: no such module, token or key | kPermission: wrong PIN |
//           kUnsupported: the token cannot do Ed25519 | kUnavailable: the module reports an error, with its number.
// Trust     loading a module runs its code: the URI comes from the person who runs the program.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"

namespace verge::sys {

struct TokenUri {
  std::string module;  // path of the PKCS#11 library
  std::string token;   // label; "": the only one
  std::string object;  // label of the key
};
bool IsTokenUri(std::string_view text);
Result<TokenUri> ParseTokenUri(std::string_view text);

class TokenKey {
 public:
  virtual ~TokenKey() = default;
  // Raw 32 bytes.
  virtual const std::string& public_key() const = 0;
  // kPermission before Unlock.
  virtual Result<std::string> Sign(std::string_view message) = 0;
  virtual Status Unlock(const std::string& pin) = 0;
};
Result<std::unique_ptr<TokenKey>> OpenTokenKey(const TokenUri& uri);
// Makes a key pair inside the token. kAlreadyExists: it holds a key of that name.
Result<std::unique_ptr<TokenKey>> CreateTokenKey(const TokenUri& uri, const std::string& pin);

}  // namespace verge::sys
