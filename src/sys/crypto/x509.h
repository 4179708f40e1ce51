// Certificates: the hub's own CA, its server certificate, and the client certificates of devices. All as PEM text.
//
// Keys are ECDSA P-256. A client certificate's CN is the device id; a signing request's own name is ignored, so that
// nobody chooses an identity.
//
// Trust     CSRs and certificates are foreign bytes: at most 64 KiB, one object each, and the CSR's signature is
// checked
//           (it proves that the sender holds the key).
// Threads   free functions; no shared state.
// Errors    kInvalidArgument for bytes that are not what they should be; kInternal when OpenSSL fails.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace verge::sys {

struct KeyAndCertificate {
  std::string key_pem;  // PKCS #8; keep it in a file of mode 0600
  std::string certificate_pem;
};

// A self-signed CA that may sign end certificates only.
Result<KeyAndCertificate> CreateCa(const std::string& common_name, int days);

// A server certificate. `names`: DNS names and IP addresses it answers for; at least one.
Result<KeyAndCertificate> CreateServerCertificate(const KeyAndCertificate& ca, const std::vector<std::string>& names,
                                                  int days);

struct KeyAndRequest {
  std::string key_pem;
  std::string csr_pem;
};
// A new key and the request for a certificate over it.
Result<KeyAndRequest> CreateCsr(const std::string& common_name);
// The request for a certificate over a key that exists already.
Result<std::string> CsrOfKey(const std::string& key_pem, const std::string& common_name);

// Signs the key in `csr_pem` as a TLS client named `common_name` (1 to 64 printable ASCII characters).
// kInvalidArgument: not a CSR, its signature does not verify, or its key is neither P-256 nor Ed25519.
Result<std::string> SignClientCertificate(const KeyAndCertificate& ca, std::string_view csr_pem,
                                          const std::string& common_name, int days);

// Lower-case hex SHA-256 of the certificate's DER form.
Result<std::string> CertificateFingerprint(std::string_view certificate_pem);

// The certificate's CN.
Result<std::string> CertificateName(std::string_view certificate_pem);

}  // namespace verge::sys
