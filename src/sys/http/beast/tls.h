// The OpenSSL half of the HTTP door, kept apart from Boost because it compiles in a second.
#pragma once

#include <openssl/ssl.h>

#include <string>
#include <string_view>

#include "base/status.h"
#include "sys/http/client.h"
#include "sys/http/server.h"

namespace verge::sys::http {

// TLS 1.3 only, no session resumption (each connection proves itself), buffers released while idle.
Status SetUpServerTls(SSL_CTX* context, const ServerConfig& config);

// `config` is borrowed by the context (its pin) and outlives it.
Status SetUpClientTls(SSL_CTX* context, const ClientConfig& config);

// Names the server that a client connection must prove to be: a DNS name or an IP address.
Status ExpectServer(SSL* connection, const std::string& host);

struct PeerIdentity {
  std::string name;         // CN
  std::string fingerprint;  // hex SHA-256 of the DER
};
// The verified certificate of the other side; empty strings without one.
PeerIdentity PeerOf(SSL* connection);

// Why the certificate check failed; "" when it did not.
std::string VerifyFailure(SSL* connection);

// True for an error code of OpenSSL's that is an alert from the other side about our certificate.
bool IsCertificateAlert(unsigned long code);

}  // namespace verge::sys::http
