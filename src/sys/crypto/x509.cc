#include "sys/crypto/x509.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <memory>

namespace verge::sys {
namespace {

struct Free {
  void operator()(BIO* p) const { BIO_free(p); }
  void operator()(BIGNUM* p) const { BN_free(p); }
  void operator()(X509* p) const { X509_free(p); }
  void operator()(X509_REQ* p) const { X509_REQ_free(p); }
  void operator()(X509_EXTENSION* p) const { X509_EXTENSION_free(p); }
  void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

constexpr size_t kMaxPemBytes = 65536;
constexpr int kMaxDays = 36500;

// OpenSSL's first reason, and the queue emptied.
std::string Reason() {
  std::array<char, 256> text{};
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "no reason given";
  ERR_error_string_n(code, text.data(), text.size());
  return text.data();
}

Status Failed(const char* doing) { return VERGE_ERROR(kInternal, std::string("OpenSSL: ") + doing + ": " + Reason()); }

Result<Owned<BIO>> View(std::string_view pem, const char* what) {
  if (pem.empty() || pem.size() > kMaxPemBytes) {
    return VERGE_ERROR(kInvalidArgument, std::string("the ") + what + " must have 1 to 65536 bytes of PEM");
  }
  Owned<BIO> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (!bio) return Failed("memory");
  return bio;
}

// Refuses a passphrase instead of asking the terminal for it.
int NoPassphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*user*/) { return -1; }

Result<Owned<X509>> ReadCertificate(std::string_view pem) {
  VERGE_TRY_ASSIGN(const Owned<BIO> bio, View(pem, "certificate"));
  Owned<X509> certificate(PEM_read_bio_X509(bio.get(), nullptr, NoPassphrase, nullptr));
  if (!certificate) return VERGE_ERROR(kInvalidArgument, "not a PEM certificate: " + Reason());
  return certificate;
}

Result<Owned<EVP_PKEY>> ReadKey(std::string_view pem) {
  VERGE_TRY_ASSIGN(const Owned<BIO> bio, View(pem, "key"));
  Owned<EVP_PKEY> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassphrase, nullptr));
  if (!key) return VERGE_ERROR(kInvalidArgument, "not a PEM private key without a passphrase: " + Reason());
  return key;
}

Result<std::string> Text(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  if (size <= 0) return Failed("reading back PEM");
  return std::string(data, static_cast<size_t>(size));
}

template <typename Write>
Result<std::string> ToPem(const Write& write) {
  const Owned<BIO> bio(BIO_new(BIO_s_mem()));
  if (!bio || write(bio.get()) != 1) return Failed("writing PEM");
  return Text(bio.get());
}

Result<std::string> ToPem(X509* certificate) {
  return ToPem([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
}
Result<std::string> ToPem(EVP_PKEY* key) {
  return ToPem(
      [&](BIO* bio) { return PEM_write_bio_PKCS8PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr); });
}

Result<Owned<EVP_PKEY>> NewKey() {
  Owned<EVP_PKEY> key(EVP_EC_gen("P-256"));
  if (!key) return Failed("making a P-256 key");
  return key;
}

Status CheckName(const std::string& name) {
  bool good = !name.empty() && name.size() <= 64;
  for (const char c : name) good = good && c >= 0x20 && c <= 0x7e;
  if (!good) return VERGE_ERROR(kInvalidArgument, "a certificate's name must be 1 to 64 printable ASCII characters");
  return Status::Ok();
}

Status SetName(X509_NAME* name, const std::string& common_name) {
  VERGE_TRY(CheckName(common_name));
  const auto* text = reinterpret_cast<const unsigned char*>(common_name.data());
  if (X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_ASC, text, static_cast<int>(common_name.size()), -1,
                                 0) != 1) {
    return Failed("setting a name");
  }
  return Status::Ok();
}

Status AddExtension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Owned<X509_EXTENSION> extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  if (!extension || X509_add_ext(certificate, extension.get(), -1) != 1) return Failed("adding an extension");
  return Status::Ok();
}

// Everything but the name and the extensions: version, a random serial, validity from a day ago (clocks differ), key.
Result<Owned<X509>> NewCertificate(EVP_PKEY* key, int days) {
  if (days < 1 || days > kMaxDays)
    return VERGE_ERROR(kInvalidArgument, "a certificate must be valid for 1 to 36500 days");
  Owned<X509> certificate(X509_new());
  const Owned<BIGNUM> serial(BN_new());
  const bool made = certificate && serial && BN_rand(serial.get(), 127, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
                    X509_set_version(certificate.get(), X509_VERSION_3) == 1 &&
                    BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(certificate.get())) != nullptr &&
                    X509_time_adj_ex(X509_getm_notBefore(certificate.get()), -1, 0, nullptr) != nullptr &&
                    X509_time_adj_ex(X509_getm_notAfter(certificate.get()), days, 0, nullptr) != nullptr &&
                    X509_set_pubkey(certificate.get(), key) == 1;
  if (!made) return Failed("making a certificate");
  return certificate;
}

Status Sign(X509* certificate, EVP_PKEY* ca_key) {
  const EVP_MD* const digest = EVP_PKEY_get_base_id(ca_key) == EVP_PKEY_ED25519 ? nullptr : EVP_sha256();
  if (X509_sign(certificate, ca_key, digest) == 0) return Failed("signing a certificate");
  return Status::Ok();
}

struct Ca {
  Owned<EVP_PKEY> key;
  Owned<X509> certificate;
};
Result<Ca> ReadCa(const KeyAndCertificate& pem) {
  Ca ca;
  VERGE_TRY_ASSIGN(ca.key, ReadKey(pem.key_pem));
  VERGE_TRY_ASSIGN(ca.certificate, ReadCertificate(pem.certificate_pem));
  if (X509_check_private_key(ca.certificate.get(), ca.key.get()) != 1) {
    return VERGE_ERROR(kInvalidArgument, "the CA's key is not its certificate's: " + Reason());
  }
  return ca;
}

// A certificate for an end of TLS, signed by `ca`. `alternative_names`: "" for none.
Result<std::string> Issue(const Ca& ca, EVP_PKEY* key, const std::string& common_name, const char* usage,
                          const std::string& alternative_names, int days) {
  VERGE_TRY_ASSIGN(const Owned<X509> certificate, NewCertificate(key, days));
  VERGE_TRY(SetName(X509_get_subject_name(certificate.get()), common_name));
  if (X509_set_issuer_name(certificate.get(), X509_get_subject_name(ca.certificate.get())) != 1)
    return Failed("setting the issuer");
  VERGE_TRY(AddExtension(certificate.get(), ca.certificate.get(), NID_basic_constraints, "critical,CA:FALSE"));
  VERGE_TRY(AddExtension(certificate.get(), ca.certificate.get(), NID_key_usage, "critical,digitalSignature"));
  VERGE_TRY(AddExtension(certificate.get(), ca.certificate.get(), NID_ext_key_usage, usage));
  VERGE_TRY(AddExtension(certificate.get(), ca.certificate.get(), NID_subject_key_identifier, "hash"));
  VERGE_TRY(AddExtension(certificate.get(), ca.certificate.get(), NID_authority_key_identifier, "keyid:always"));
  if (!alternative_names.empty()) {
    VERGE_TRY(AddExtension(certificate.get(), ca.certificate.get(), NID_subject_alt_name, alternative_names));
  }
  VERGE_TRY(Sign(certificate.get(), ca.key.get()));
  return ToPem(certificate.get());
}

// "DNS:a,IP:127.0.0.1"; the characters are checked because OpenSSL reads this as a small language.
Result<std::string> AlternativeNames(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) {
    std::array<unsigned char, 16> address{};
    const bool is_address =
        inet_pton(AF_INET, name.c_str(), address.data()) == 1 || inet_pton(AF_INET6, name.c_str(), address.data()) == 1;
    const bool is_dns = !name.empty() && name.size() <= 253 &&
                        name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.*_") ==
                            std::string::npos;
    if (!is_address && !is_dns)
      return VERGE_ERROR(kInvalidArgument, "'" + name + "' is neither a DNS name nor an IP address");
    out += (out.empty() ? "" : ",") + std::string(is_address ? "IP:" : "DNS:") + name;
  }
  if (out.empty()) return VERGE_ERROR(kInvalidArgument, "a server certificate needs at least one name");
  return out;
}

// The request's key, once its signature proves that the sender holds it.
Result<Owned<EVP_PKEY>> KeyOfCsr(std::string_view csr_pem) {
  VERGE_TRY_ASSIGN(const Owned<BIO> bio, View(csr_pem, "CSR"));
  const Owned<X509_REQ> request(PEM_read_bio_X509_REQ(bio.get(), nullptr, NoPassphrase, nullptr));
  if (!request) return VERGE_ERROR(kInvalidArgument, "not a PEM certificate signing request: " + Reason());
  Owned<EVP_PKEY> key(X509_REQ_get_pubkey(request.get()));
  if (!key || X509_REQ_verify(request.get(), key.get()) != 1) {
    return VERGE_ERROR(kInvalidArgument, "the certificate signing request's signature does not verify: " + Reason());
  }
  std::array<char, 64> group{};
  size_t size = 0;
  const bool is_p256 = EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_EC &&
                       EVP_PKEY_get_group_name(key.get(), group.data(), group.size(), &size) == 1 &&
                       std::string_view(group.data()) == "prime256v1";
  if (!is_p256 && EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_ED25519) {
    return VERGE_ERROR(kInvalidArgument, "the key must be ECDSA P-256 or Ed25519");
  }
  return key;
}

}  // namespace

Result<KeyAndCertificate> CreateCa(const std::string& common_name, int days) {
  VERGE_TRY_ASSIGN(const Owned<EVP_PKEY> key, NewKey());
  VERGE_TRY_ASSIGN(const Owned<X509> certificate, NewCertificate(key.get(), days));
  X509_NAME* const subject = X509_get_subject_name(certificate.get());
  VERGE_TRY(SetName(subject, common_name));
  if (X509_set_issuer_name(certificate.get(), subject) != 1) return Failed("setting the issuer");
  VERGE_TRY(AddExtension(certificate.get(), certificate.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0"));
  VERGE_TRY(AddExtension(certificate.get(), certificate.get(), NID_key_usage, "critical,keyCertSign,cRLSign"));
  VERGE_TRY(AddExtension(certificate.get(), certificate.get(), NID_subject_key_identifier, "hash"));
  VERGE_TRY(Sign(certificate.get(), key.get()));
  KeyAndCertificate out;
  VERGE_TRY_ASSIGN(out.key_pem, ToPem(key.get()));
  VERGE_TRY_ASSIGN(out.certificate_pem, ToPem(certificate.get()));
  return out;
}

Result<KeyAndCertificate> CreateServerCertificate(const KeyAndCertificate& ca_pem,
                                                  const std::vector<std::string>& names, int days) {
  VERGE_TRY_ASSIGN(const std::string alternative_names, AlternativeNames(names));
  VERGE_TRY_ASSIGN(const Ca ca, ReadCa(ca_pem));
  VERGE_TRY_ASSIGN(const Owned<EVP_PKEY> key, NewKey());
  KeyAndCertificate out;
  VERGE_TRY_ASSIGN(out.certificate_pem,
                   Issue(ca, key.get(), names.front().substr(0, 64), "serverAuth", alternative_names, days));
  VERGE_TRY_ASSIGN(out.key_pem, ToPem(key.get()));
  return out;
}

Result<std::string> CsrOfKey(const std::string& key_pem, const std::string& common_name) {
  VERGE_TRY_ASSIGN(const Owned<EVP_PKEY> key, ReadKey(key_pem));
  const Owned<X509_REQ> request(X509_REQ_new());
  if (!request || X509_REQ_set_version(request.get(), X509_REQ_VERSION_1) != 1 ||
      X509_REQ_set_pubkey(request.get(), key.get()) != 1) {
    return Failed("making a certificate signing request");
  }
  VERGE_TRY(SetName(X509_REQ_get_subject_name(request.get()), common_name));
  const EVP_MD* const digest = EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_ED25519 ? nullptr : EVP_sha256();
  if (X509_REQ_sign(request.get(), key.get(), digest) == 0) return Failed("signing a request");
  return ToPem([&](BIO* bio) { return PEM_write_bio_X509_REQ(bio, request.get()); });
}

Result<KeyAndRequest> CreateCsr(const std::string& common_name) {
  VERGE_TRY_ASSIGN(const Owned<EVP_PKEY> key, NewKey());
  KeyAndRequest out;
  VERGE_TRY_ASSIGN(out.key_pem, ToPem(key.get()));
  VERGE_TRY_ASSIGN(out.csr_pem, CsrOfKey(out.key_pem, common_name));
  return out;
}

Result<std::string> SignClientCertificate(const KeyAndCertificate& ca_pem, std::string_view csr_pem,
                                          const std::string& common_name, int days) {
  VERGE_TRY_ASSIGN(const Owned<EVP_PKEY> key, KeyOfCsr(csr_pem));
  VERGE_TRY_ASSIGN(const Ca ca, ReadCa(ca_pem));
  return Issue(ca, key.get(), common_name, "clientAuth", "", days);
}

Result<std::string> CertificateFingerprint(std::string_view certificate_pem) {
  VERGE_TRY_ASSIGN(const Owned<X509> certificate, ReadCertificate(certificate_pem));
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (X509_digest(certificate.get(), EVP_sha256(), digest.data(), &size) != 1) return Failed("hashing a certificate");
  constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (unsigned int i = 0; i < size; ++i) {
    out += kHex[digest[i] >> 4];
    out += kHex[digest[i] & 15];
  }
  return out;
}

Result<std::string> CertificateName(std::string_view certificate_pem) {
  VERGE_TRY_ASSIGN(const Owned<X509> certificate, ReadCertificate(certificate_pem));
  X509_NAME* const subject = X509_get_subject_name(certificate.get());
  const int index = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (index < 0) return VERGE_ERROR(kInvalidArgument, "the certificate has no CN");
  unsigned char* text = nullptr;
  const int size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, index)));
  if (size < 0) return Failed("reading a CN");
  std::string out(reinterpret_cast<const char*>(text), static_cast<size_t>(size));
  OPENSSL_free(text);
  return out;
}

}  // namespace verge::sys
