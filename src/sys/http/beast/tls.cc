#include "sys/http/beast/tls.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>

#include <array>
#include <climits>
#include <memory>

namespace verge::sys::http {
namespace {

struct Free {
  void operator()(BIO* p) const { BIO_free(p); }
  void operator()(X509* p) const { X509_free(p); }
  void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
  void operator()(STACK_OF(X509) * p) const { sk_X509_free(p); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

std::string LastError() {
  std::array<char, 256> text{};
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "no reason given";
  ERR_error_string_n(code, text.data(), text.size());
  return text.data();
}

Owned<BIO> View(std::string_view pem) {
  if (pem.size() > INT_MAX) return nullptr;
  return Owned<BIO>(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

Status UseCertificate(SSL_CTX* context, const std::string& chain_pem, const std::string& key_pem) {
  const Owned<BIO> chain = View(chain_pem);
  const Owned<X509> leaf(chain ? PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr) : nullptr);
  if (!leaf || SSL_CTX_use_certificate(context, leaf.get()) != 1) {
    return VERGE_ERROR(kInvalidArgument, "the TLS certificate cannot be used: " + LastError());
  }
  while (X509* const next = PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr)) {
    if (SSL_CTX_add0_chain_cert(context, next) != 1) {  // takes `next` on success
      X509_free(next);
      return VERGE_ERROR(kInvalidArgument, "the TLS certificate chain cannot be used: " + LastError());
    }
  }
  ERR_clear_error();  // the end of the PEM text is reported as an error
  const Owned<BIO> key_text = View(key_pem);
  const Owned<EVP_PKEY> key(key_text ? PEM_read_bio_PrivateKey(key_text.get(), nullptr, nullptr, nullptr) : nullptr);
  if (!key || SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1) {
    return VERGE_ERROR(kInvalidArgument, "the TLS key cannot be used, or is not the certificate's: " + LastError());
  }
  return Status::Ok();
}

Status Trust(SSL_CTX* context, const std::string& ca_pem, bool announce) {
  const Owned<BIO> text = View(ca_pem);
  int count = 0;
  while (X509* const next = text ? PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr) : nullptr) {
    const Owned<X509> ca(next);
    if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), ca.get()) != 1) {
      return VERGE_ERROR(kInvalidArgument, "a CA certificate cannot be used: " + LastError());
    }
    if (announce) SSL_CTX_add_client_CA(context, ca.get());
    ++count;
  }
  ERR_clear_error();
  if (count == 0) return VERGE_ERROR(kInvalidArgument, "the CA text has no certificate: give it as PEM");
  return Status::Ok();
}

Status CommonSetUp(SSL_CTX* context) {
  if (SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) != 1) {
    return VERGE_ERROR(kUnsupported, "this OpenSSL has no TLS 1.3");
  }
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  return Status::Ok();
}

std::string Fingerprint(const X509* certificate) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  unsigned int size = 0;
  if (X509_digest(certificate, EVP_sha256(), digest.data(), &size) != 1) return {};
  constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (const unsigned char byte : digest) {
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

// Trusts the one presented certificate whose fingerprint starts with the pin, and verifies the chain against it.
int VerifyByPin(X509_STORE_CTX* store, void* config) {
  const std::string& pin = static_cast<const ClientConfig*>(config)->ca_pin_hex;
  STACK_OF(X509)* const presented = X509_STORE_CTX_get0_untrusted(store);
  const Owned<STACK_OF(X509)> trusted(sk_X509_new_null());
  if (!trusted) return 0;
  for (int i = 0; i < sk_X509_num(presented); ++i) {
    X509* const candidate = sk_X509_value(presented, i);
    if (X509_check_ca(candidate) != 0 && Fingerprint(candidate).compare(0, pin.size(), pin) == 0) {
      sk_X509_push(trusted.get(), candidate);
    }
  }
  if (sk_X509_num(trusted.get()) == 0) {
    X509_STORE_CTX_set_error(store, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN);
    return 0;
  }
  X509_STORE_CTX_set0_trusted_stack(store, trusted.get());
  return X509_verify_cert(store) == 1 ? 1 : 0;
}

Status CheckPin(const std::string& pin) {
  if (pin.size() < 32 || pin.size() > 64 || pin.find_first_not_of("0123456789abcdef") != std::string::npos) {
    return VERGE_ERROR(kInvalidArgument, "the CA pin must be 32 to 64 lower-case hex digits");
  }
  return Status::Ok();
}

}  // namespace

Status SetUpServerTls(SSL_CTX* context, const ServerConfig& config) {
  VERGE_TRY(CommonSetUp(context));
  SSL_CTX_set_num_tickets(context, 0);
  VERGE_TRY(UseCertificate(context, config.certificate_chain_pem, config.key_pem));
  if (config.client_ca_pem.empty()) return Status::Ok();
  VERGE_TRY(Trust(context, config.client_ca_pem, true));
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  return Status::Ok();
}

Status SetUpClientTls(SSL_CTX* context, const ClientConfig& config) {
  VERGE_TRY(CommonSetUp(context));
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  if (!config.ca_pem.empty()) {
    VERGE_TRY(Trust(context, config.ca_pem, false));
  } else {
    VERGE_TRY(CheckPin(config.ca_pin_hex));
    SSL_CTX_set_cert_verify_callback(context, VerifyByPin, const_cast<ClientConfig*>(&config));
  }
  if (config.certificate_pem.empty()) return Status::Ok();
  return UseCertificate(context, config.certificate_pem, config.key_pem);
}

Status ExpectServer(SSL* connection, const std::string& host) {
  X509_VERIFY_PARAM* const param = SSL_get0_param(connection);
  std::array<unsigned char, 16> address{};
  const bool is_address =
      inet_pton(AF_INET, host.c_str(), address.data()) == 1 || inet_pton(AF_INET6, host.c_str(), address.data()) == 1;
  if (is_address) {
    if (X509_VERIFY_PARAM_set1_ip_asc(param, host.c_str()) == 1) return Status::Ok();
    return VERGE_ERROR(kInvalidArgument, "'" + host + "' cannot be used as the server's address");
  }
  if (X509_VERIFY_PARAM_set1_host(param, host.c_str(), host.size()) != 1 ||
      SSL_set_tlsext_host_name(connection, host.c_str()) != 1) {
    return VERGE_ERROR(kInvalidArgument, "'" + host + "' cannot be used as the server's name");
  }
  return Status::Ok();
}

PeerIdentity PeerOf(SSL* connection) {
  PeerIdentity out;
  const Owned<X509> certificate(SSL_get1_peer_certificate(connection));
  if (!certificate || SSL_get_verify_result(connection) != X509_V_OK) return out;
  X509_NAME* const subject = X509_get_subject_name(certificate.get());
  const int index = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (index < 0) return out;
  unsigned char* text = nullptr;
  const int size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, index)));
  if (size <= 0) return out;
  out.name.assign(reinterpret_cast<const char*>(text), static_cast<size_t>(size));
  OPENSSL_free(text);
  out.fingerprint = Fingerprint(certificate.get());
  return out;
}

std::string VerifyFailure(SSL* connection) {
  const long result = SSL_get_verify_result(connection);
  return result == X509_V_OK ? std::string() : X509_verify_cert_error_string(result);
}

bool IsCertificateAlert(unsigned long code) {
  switch (ERR_GET_REASON(code) - SSL_AD_REASON_OFFSET) {
    case SSL_AD_BAD_CERTIFICATE:
    case SSL_AD_UNSUPPORTED_CERTIFICATE:
    case SSL_AD_CERTIFICATE_REVOKED:
    case SSL_AD_CERTIFICATE_EXPIRED:
    case SSL_AD_CERTIFICATE_UNKNOWN:
    case SSL_AD_UNKNOWN_CA:
    case SSL_AD_ACCESS_DENIED:
    case TLS13_AD_CERTIFICATE_REQUIRED: return true;
    default: return false;
  }
}

}  // namespace verge::sys::http
